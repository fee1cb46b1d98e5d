import { moneyWords, type Capability } from '../../../capabilities/index.ts'
import { ControlProblem, toWholeNumber, type Control } from './control.ts'

/** what is only read is not asked for, and what a connected account is changed in always is */
const NO_QUESTION = /\.read$|^accounts\.update$/

/** what changes something can be asked for first; what asks already each time needs no question */
export function askingControls(capability: Capability): Control[] {
  const [action = ''] = capability.actions
  if (NO_QUESTION.test(action) || capability.approval === 'always') return []
  return [
    {
      field: 'ask',
      label: 'Ask me first, each time',
      kind: { type: 'tick' },
      initial: '',
      tighten: (whole) => ({ ...whole, approval: 'always' }),
    },
  ]
}

/** of a refund: how much at most, and from where on the buyer wants to see it */
export function moneyControls(capability: Capability): Control[] {
  const { amount, approval } = capability
  if (amount === undefined) return []
  const { currency, max } = amount
  const most: Control = {
    field: 'amount',
    label: 'Each time, at most',
    help: unitHint(max, currency),
    kind: { type: 'number', min: 1, max },
    initial: String(max),
    tighten: (whole, answer) => ({
      ...whole,
      amount: { currency, max: toWholeNumber(answer, max) },
    }),
  }
  const line = approval === 'always' ? 0 : approval?.amount_over
  // above nothing is each time: a field from 1 to 0 would keep a browser from sending the form at all
  if (line === 0) return [most, ...sumControls(capability)]
  const ask: Control = {
    field: 'ask-over',
    label: 'Ask me first above',
    help:
      line === undefined ? 'Empty: never, but for what is ticked below.' : unitHint(line, currency),
    kind: { type: 'number', min: 1, max: line ?? max },
    initial: line === undefined ? '' : String(line),
    tighten: (whole, answer) => {
      const over = toWholeNumber(answer, line ?? max)
      if (whole.approval === 'always') throw new ControlProblem('It asks each time already.')
      return { ...whole, approval: { amount_over: over } }
    },
  }
  return [most, ask, ...sumControls(capability)]
}

/** the sum of a window, where one is asked for; and for a day, where none is */
function sumControls({ amount, limits = [] }: Capability): Control[] {
  const currency = amount?.currency ?? ''
  const sums = limits.filter((limit) => limit.amount !== undefined)
  const asked = sums.map((limit): Control => {
    const most = limit.amount ?? 1
    return {
      field: `limit-${limit.per}-amount`,
      label: `${limit.per === 'grant' ? 'In all' : `Per ${limit.per}`}${limit.over === 'ask' ? ' without asking me' : ''}, at most`,
      help: unitHint(most, currency),
      kind: { type: 'number', min: 1, max: most },
      initial: String(most),
      tighten: (whole, answer) => ({
        ...whole,
        limits: (whole.limits ?? []).map((one) =>
          one.per === limit.per && one.amount !== undefined
            ? { ...one, amount: toWholeNumber(answer, most) }
            : one,
        ),
      }),
    }
  })
  if (sums.some(({ per }) => per === 'day')) return asked
  const daily: Control = {
    field: 'limit-day-amount',
    label: 'Per day, at most',
    help: 'In the smallest unit of the currency. Empty: no limit.',
    kind: { type: 'number', min: 1, max: MOST },
    initial: '',
    tighten: (whole, answer) => ({
      ...whole,
      limits: [
        ...(whole.limits ?? []),
        { per: 'day', amount: toWholeNumber(answer, MOST), currency },
      ],
    }),
  }
  return [daily, ...asked]
}

function unitHint(amount: number, currency: string): string {
  return `In the smallest unit of the currency: ${amount} is ${moneyWords(amount, currency)}.`
}

const MOST = 999_999_999
