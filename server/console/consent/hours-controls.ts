import { WEEKDAYS, type Capability, type Hours, type Weekday } from '../../../capabilities/index.ts'
import { toZone, type Reader } from '../reader.ts'
import { box, ControlProblem, expectChoice, type Control } from './control.ts'

const group = 'Only at these hours'

const DAYS: Readonly<Record<string, readonly Weekday[]>> = {
  all: WEEKDAYS,
  'mon-sat': WEEKDAYS.slice(0, 6),
  'mon-fri': WEEKDAYS.slice(0, 5),
}
const DAY_WORDS = {
  all: 'Every day',
  'mon-sat': 'Monday to Saturday',
  'mon-fri': 'Monday to Friday',
}
const DAY_NAMES: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}

/** when it may be used; in a zone of the reader's unless the request has one, which cannot be exchanged: zones are not compared */
export function hoursControls({ hours }: Capability, reader: Reader): Control[] {
  const base = hours ?? { zone: reader.zone, days: WEEKDAYS, from: '00:00', to: '24:00' }
  return [
    clockControl('from', hours ? 'Not before' : 'From', base),
    clockControl('to', hours ? 'Not after' : 'Until', base),
    ...(hours ? dayControls(base) : [daysControl(base), zoneControl(base)]),
  ]
}

/** a time field has no 24:00: nothing entered is the end of the day */
function clockControl(field: 'from' | 'to', label: string, base: Hours): Control {
  const open = field === 'from' ? '00:00' : '24:00'
  return {
    field: `hours-${field}`,
    label,
    group,
    help: field === 'from' ? 'Empty: from midnight.' : 'Empty: until midnight.',
    kind: { type: 'time' },
    initial: base[field] === open ? '' : base[field],
    tighten(whole, answer) {
      const hours = { ...base, ...whole.hours, [field]: toClock(answer, open) }
      if (hours.from >= hours.to) {
        throw new ControlProblem(
          'The end has to be later on the same day. Over midnight is not possible here.',
        )
      }
      return { ...whole, hours }
    },
  }
}

/** a browser may add seconds, which nobody entered */
function toClock(answer: string, open: string): string {
  if (answer === '') return open
  const clock = /^((?:[01]\d|2[0-3]):[0-5]\d)(?::00)?$/u.exec(answer)?.[1]
  if (clock === undefined) throw new ControlProblem('Enter a time of day such as 09:00.')
  return clock
}

function daysControl(base: Hours): Control {
  return {
    field: 'hours-days',
    label: 'On',
    group,
    kind: {
      type: 'choice',
      choices: Object.entries(DAY_WORDS).map(([value, label]) => ({ value, label })),
    },
    initial: 'all',
    tighten: (whole, answer) => ({
      ...whole,
      hours: { ...base, ...whole.hours, days: DAYS[expectChoice(answer, Object.keys(DAYS))] ?? [] },
    }),
  }
}

function dayControls({ days }: Hours): Control[] {
  if (days.length === 1) return []
  return days.map((day) =>
    box({
      field: `hours-${day}`,
      label: `On ${DAY_NAMES[day]}s`,
      group,
      without: (whole) => ({ ...whole, ...(whole.hours && { hours: without(whole.hours, day) }) }),
    }),
  )
}

function without(hours: Hours, day: Weekday): Hours {
  const days = hours.days.filter((one) => one !== day)
  if (days.length === 0) throw new ControlProblem('Leave at least one day, or untick the row.')
  return { ...hours, days }
}

/** says nothing on its own: a zone without hours is no limit */
function zoneControl({ zone }: Hours): Control {
  return {
    field: 'hours-zone',
    label: 'By the clock of',
    group,
    help: 'A time zone such as Europe/Berlin.',
    kind: { type: 'zone' },
    initial: zone,
    tighten(whole, answer) {
      const named = toZone(answer)
      if (named === undefined)
        throw new ControlProblem('Choose a time zone from the list, such as Europe/Berlin.')
      return { ...whole, ...(whole.hours && { hours: { ...whole.hours, zone: named } }) }
    },
  }
}
