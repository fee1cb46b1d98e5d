import { hubspotVerbOf, type Capability, type Limit } from '../../../capabilities/index.ts'
import { toWholeNumber, type Control } from './control.ts'

type Unit = 'calls' | 'recipients' | 'new_recipients'

const MOST = 999_999
const PER: Record<Limit['per'], string> = {
  hour: 'an hour',
  day: 'a day',
  week: 'a week',
  grant: 'in all',
}

/** what is counted at all */
const COUNTED: readonly Capability['actions'][number][] = [
  'messages.read',
  'messages.reply',
  'messages.send',
]

function isCounted(action: Capability['actions'][number]): boolean {
  return (
    COUNTED.includes(action) ||
    hubspotVerbOf(action) !== undefined ||
    action === 'associations.write'
  )
}

/** a number for each limit that is asked for, and for the calls of an hour where none is; amounts of data are only shown */
export function limitControls(capability: Capability): Control[] {
  const { actions, limits = [] } = capability
  if (!actions.some(isCounted)) return []
  const asked = limits.flatMap((limit) => {
    const unit = unitOf(limit)
    return unit === undefined ? [] : [askedControl(limit, unit, capability)]
  })
  const hasHourly = limits.some(({ per, calls }) => per === 'hour' && calls !== undefined)
  return hasHourly ? asked : [hourlyControl(capability), ...asked]
}

function unitOf(limit: Limit): Unit | undefined {
  return (['calls', 'recipients', 'new_recipients'] as const).find(
    (unit) => limit[unit] !== undefined,
  )
}

function askedControl(limit: Limit, unit: Unit, capability: Capability): Control {
  const max = limit[unit] ?? 1
  const both = limit.together ? ' Answers and new mails are counted together.' : ''
  return {
    field: `limit-${limit.per}-${unit}${limit.together ? '-together' : ''}`,
    label: `${wordOf(unit, capability, limit.together)} ${PER[limit.per]}, at most`,
    help: `The agent asks for ${max}.${both}`,
    kind: { type: 'number', min: 1, max },
    initial: String(max),
    tighten: (whole, answer) => ({
      ...whole,
      limits: (whole.limits ?? []).map((one) =>
        isSame(one, limit) ? { ...one, [unit]: toWholeNumber(answer, max) } : one,
      ),
    }),
  }
}

function isSame(one: Limit, other: Limit): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function hourlyControl(capability: Capability): Control {
  return {
    field: 'limit-hour-calls',
    label: `${wordOf('calls', capability)} an hour, at most`,
    help: 'Empty: no limit.',
    kind: { type: 'number', min: 1, max: MOST },
    initial: '',
    tighten: (whole, answer) => ({
      ...whole,
      limits: [{ per: 'hour', calls: toWholeNumber(answer, MOST) }, ...(whole.limits ?? [])],
    }),
  }
}

function wordOf(unit: Unit, { type, actions }: Capability, together = false): string {
  switch (unit) {
    case 'calls':
      if (type === 'hubspot') return crmWordOf(actions[0] ?? '')
      if (actions.includes('messages.read')) return 'Messages read'
      if (together) return 'Mails sent'
      return actions.includes('messages.reply') ? 'Answers sent' : 'New mails sent'
    case 'recipients':
      return 'Different recipients'
    case 'new_recipients':
      return 'New recipients'
  }
}

function crmWordOf(action: string): string {
  const verb = hubspotVerbOf(action)
  if (verb === 'read') return 'Records read'
  return verb === 'search' ? 'Searches' : 'Changes'
}
