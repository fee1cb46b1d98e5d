import { amount } from './amount.ts'
import { attachments } from './attachments.ts'
import { bodyEcho } from './body-echo.ts'
import type { Approval, Conditions, Recipients } from './capability.ts'
import type { Constraint } from './constraint.ts'
import { recipients } from './recipients.ts'

/**
 * What the conditions of one action mean, as plain alternatives in the order in which they are tried: what is allowed without
 * asking, then what may be asked for. A limit with `over: "ask"` bounds the first alone: what the buyer approves herself is not
 * counted against it. `constraints`: those that the action may carry.
 */
export function alternativesOf(
  conditions: Conditions,
  constraints: readonly Constraint[],
): Conditions[] {
  const { approval: said, limits = [], ...rest } = conditions
  const asksBeyond = limits.some(({ over }) => over === 'ask')
  if (said === undefined && !asksBeyond) return [conditions]
  const firm = limits.filter(({ over }) => over !== 'ask')
  const asked: Conditions = {
    ...rest,
    ...(firm.length > 0 && { limits: firm }),
    approval: 'always',
  }
  if (said === 'always') return [asked]
  const plain: Conditions = {
    ...rest,
    ...(limits.length > 0 && { limits: limits.map(({ over: _ask, ...limit }) => limit) }),
  }
  const tightenings = tighteningsOf(said, constraints)
  if (tightenings === 'nothing_left') return [asked]
  if (tightenings.length === 0 && !asksBeyond) return [plain]
  return [tightenings.reduce((tighter, tighten) => tighten(tighter), plain), asked]
}

type Tightening = (conditions: Conditions) => Conditions

/** what each condition leaves to do without asking; of those that bear on the action */
function tighteningsOf(
  said: Exclude<Approval, 'always'> | undefined,
  constraints: readonly Constraint[],
): Tightening[] | 'nothing_left' {
  const bears = (one: Constraint): boolean => constraints.includes(one)
  const over = bears(amount) ? said?.amount_over : undefined
  if (over === 0) return 'nothing_left'
  return [
    ...(over === undefined ? [] : [atMost(over)]),
    ...(said?.attachments && bears(attachments) ? [withoutAttachments] : []),
    ...(said?.new_recipient && bears(recipients) ? [onlyToKnown] : []),
    ...(said?.echo && bears(bodyEcho) ? [withoutEchoes] : []),
  ]
}

function atMost(over: number): Tightening {
  return (conditions) => {
    const { amount: said } = conditions
    if (said === undefined) throw new TypeError('`amount_over` is of an `amount`')
    return { ...conditions, amount: { ...said, max: Math.min(said.max, over) } }
  }
}

const withoutAttachments: Tightening = (conditions) => ({ ...conditions, attachments: 'none' })

const withoutEchoes: Tightening = ({ body, ...rest }) => ({
  ...rest,
  body: { ...body, echo: 'none' },
})

/** an attenuation that names no recipients does not know its parent's addresses: only the conversation is left */
const onlyToKnown: Tightening = (conditions) => ({
  ...conditions,
  recipients: withoutDomains(conditions.recipients ?? { participants: true }),
})

function withoutDomains({ domains: _domains, ...rest }: Recipients): Recipients {
  const { participants, sender_only: senderOnly, addresses } = rest
  const isNobody = !participants && !senderOnly && addresses === undefined
  return { ...rest, ...(isNobody && { addresses: [] }) }
}

/** the conditions for asking that bear on none of these actions: nobody would ever be asked */
export function strayConditions(
  said: Approval | undefined,
  constraints: readonly Constraint[],
): string[] {
  if (said === undefined || said === 'always') return []
  return Object.entries(CONDITIONS)
    .filter(([name, one]) => name in said && !constraints.includes(one))
    .map(([name]) => name)
}

const CONDITIONS: Readonly<Record<string, Constraint>> = {
  amount_over: amount,
  attachments,
  new_recipient: recipients,
  echo: bodyEcho,
}
