import { carries, moneyWords, type Approval, type Capability } from '../../../capabilities/index.ts'
import type { Reader } from '../reader.ts'
import { ControlProblem, guard, type Control } from './control.ts'
import { toAtMost, toMoneyText } from './money-text.ts'

/** what is only read is not asked for, and what a connected account is changed in always is */
const NO_QUESTION = /\.read$|^accounts\.update$/

/** what changes something can be asked for first; what asks already each time needs no question */
export function askingControls(capability: Capability): Control[] {
  const [action = ''] = capability.actions
  if (NO_QUESTION.test(action) || capability.approval === 'always') return []
  return [
    ...conditionControls(capability),
    guard({
      field: 'ask',
      label: 'Ask me first, each time',
      guarded: (whole) => ({ ...whole, approval: 'always' }),
    }),
  ]
}

type MailCondition = 'new_recipient' | 'attachments' | 'echo'

/** of a mail: some of it waits for the buyer, where it may happen at all */
function conditionControls(capability: Capability): Control[] {
  const { type, approval, actions, attachments = 'none', recipients, body } = capability
  const [action] = actions
  if (type !== 'gmail' || action === undefined || !carries(type, action, 'recipients')) return []
  const asked: Partial<Record<MailCondition, true | undefined>> =
    approval === 'always' ? {} : (approval ?? {})
  const offered: readonly [MailCondition, string, boolean][] = [
    [
      'new_recipient',
      'It goes to somebody who is neither in the conversation nor named by address',
      recipients?.domains !== undefined,
    ],
    ['attachments', 'It has a file attached', attachments !== 'none'],
    ['echo', 'It repeats a passage of another conversation', body?.echo === undefined],
  ]
  return offered
    .filter(([condition, , happens]) => happens && asked[condition] === undefined)
    .map(([condition, label]) =>
      guard({
        field: `ask-${condition.replace('_', '-')}`,
        label,
        group: 'Ask me first when',
        guarded: (whole) => ({ ...whole, approval: withCondition(whole.approval, condition) }),
      }),
    )
}

/** asking each time asks in every case already */
function withCondition(approval: Approval | undefined, condition: MailCondition): Approval {
  return approval === 'always' ? approval : { ...approval, [condition]: true }
}

/** of a refund: how much at most, and from where on the buyer wants to see it */
export function moneyControls(capability: Capability, reader: Reader): Control[] {
  const { amount, approval } = capability
  if (amount === undefined) return []
  const { currency, max } = amount
  const unit = currency.toUpperCase()
  const most: Control = {
    field: 'amount',
    label: `Each time, at most (${unit})`,
    help: askedHint(max, currency),
    kind: { type: 'money' },
    initial: toMoneyText(max, currency, reader),
    tighten: (whole, answer) => ({
      ...whole,
      amount: { currency, max: toAtMost(answer, max, currency, reader) },
    }),
  }
  const line = approval === 'always' ? 0 : approval?.amount_over
  // above nothing is each time: there is no line to draw
  if (line === 0) return [most, ...sumControls(capability, reader)]
  const ask: Control = {
    field: 'ask-over',
    label: `Ask me first above (${unit})`,
    help:
      line === undefined
        ? 'Empty: never, but for what is ticked below.'
        : askedHint(line, currency),
    kind: { type: 'money' },
    initial: line === undefined ? '' : toMoneyText(line, currency, reader),
    tighten: (whole, answer) => {
      const over = toAtMost(answer, line ?? max, currency, reader)
      if (whole.approval === 'always') throw new ControlProblem('It asks each time already.')
      return { ...whole, approval: { amount_over: over } }
    },
  }
  return [most, ask, ...sumControls(capability, reader)]
}

/** the sum of a window, where one is asked for; and for a day, where none is */
function sumControls({ amount, limits = [] }: Capability, reader: Reader): Control[] {
  const currency = amount?.currency ?? ''
  const unit = currency.toUpperCase()
  const sums = limits.filter((limit) => limit.amount !== undefined)
  const asked = sums.map((limit): Control => {
    const most = limit.amount ?? 1
    return {
      field: `limit-${limit.per}-amount`,
      label: `${limit.per === 'grant' ? 'In all' : `Per ${limit.per}`}${limit.over === 'ask' ? ' without asking me' : ''}, at most (${unit})`,
      help: askedHint(most, currency),
      kind: { type: 'money' },
      initial: toMoneyText(most, currency, reader),
      tighten: (whole, answer) => ({
        ...whole,
        limits: (whole.limits ?? []).map((one) =>
          one.per === limit.per && one.amount !== undefined
            ? { ...one, amount: toAtMost(answer, most, currency, reader) }
            : one,
        ),
      }),
    }
  })
  if (sums.some(({ per }) => per === 'day')) return asked
  const daily: Control = {
    field: 'limit-day-amount',
    label: `Per day, at most (${unit})`,
    help: 'Empty: no limit.',
    kind: { type: 'money' },
    initial: '',
    tighten: (whole, answer) => ({
      ...whole,
      limits: [
        ...(whole.limits ?? []),
        { per: 'day', amount: toAtMost(answer, MOST, currency, reader), currency },
      ],
    }),
  }
  return [daily, ...asked]
}

function askedHint(amount: number, currency: string): string {
  return `The agent asks for ${moneyWords(amount, currency)}.`
}

const MOST = 999_999_999
