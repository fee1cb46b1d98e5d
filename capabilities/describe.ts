import { absentFromMail, mailRows } from './sentences/gmail.ts'
import { absentFromCrm, crmRows } from './sentences/hubspot.ts'
import { withAsking, type Row } from './sentences/row.ts'
import { absentFromStripe, stripeRows } from './sentences/stripe.ts'
import type {
  Capability,
  GmailActionName,
  HubspotActionName,
  StripeActionName,
} from './vocabulary/capability.ts'
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
  switch (type) {
    case 'gmail':
      return mailRows(action as GmailActionName, conditions)
    case 'hubspot':
      return crmRows(action as HubspotActionName, conditions)
    case 'stripe':
      return stripeRows(action as StripeActionName, conditions)
  }
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
  const [mail, crm, money] = [of('gmail'), of('hubspot'), of('stripe')]
  return [
    ...(mail.length > 0 || singles.length === 0 ? absentFromMail(mail) : []),
    ...(crm.length > 0 ? absentFromCrm(crm) : []),
    ...(money.length > 0 ? absentFromStripe(money) : []),
  ]
}
