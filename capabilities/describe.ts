import { absentFromMail, mailRows } from './sentences/gmail.ts'
import { withAsking, type Row } from './sentences/row.ts'
import { absentFromStripe, stripeRows } from './sentences/stripe.ts'
import type { Capability, GmailActionName, StripeActionName } from './vocabulary/capability.ts'
import { singlesOf, type Single } from './vocabulary/vocabularies.ts'

export type { Row } from './sentences/row.ts'

/**
 * A capability in the words that the buyer reads, on the consent page, in the console and in the record: one row per action.
 *
 * @example
 * const capabilities = parseCapabilities([
 *   { type: 'gmail', actions: ['messages.read'], from: { domains: ['acme.com'] } },
 * ])
 * const [row] = capabilities.flatMap(describe)
 * // { sentence: 'Read e-mail from anyone at acme.com', risk: 'normal' }
 */
export function describe(capability: Capability): Row[] {
  return singlesOf(capability).flatMap((single) =>
    rowsOf(single).map((row, index) => (index === 0 ? withAsking(row, single.conditions) : row)),
  )
}

function rowsOf({ type, action, conditions }: Single): Row[] {
  return type === 'gmail'
    ? mailRows(action as GmailActionName, conditions)
    : stripeRows(action as StripeActionName, conditions)
}

/**
 * What an agent with exactly these capabilities still cannot do, each completing "it still cannot …". Of a kind of front that
 * none of them is for, nothing is said: the agent does not come there.
 *
 * @example
 * describeAbsent(capabilities) // ['write to anyone outside the conversation it answers', …]
 */
export function describeAbsent(capabilities: readonly Capability[]): string[] {
  const singles = capabilities.flatMap(singlesOf)
  const of = (type: Single['type']): Single[] => singles.filter((one) => one.type === type)
  const [mail, money] = [of('gmail'), of('stripe')]
  return [
    ...(mail.length > 0 || money.length === 0 ? absentFromMail(mail) : []),
    ...(money.length > 0 ? absentFromStripe(money) : []),
  ]
}
