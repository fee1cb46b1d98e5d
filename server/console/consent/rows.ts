import {
  describe,
  HUBSPOT_ACTIONS,
  HUBSPOT_OBJECT_WORDS,
  HUBSPOT_OBJECTS,
  restrict,
  STRIPE_ACTIONS,
  type Capability,
  type HubspotVerb,
  type StripeActionName,
} from '../../../capabilities/index.ts'

type Action = Capability['actions'][number]

/** one thing the agent asks to do: what the buyer allows, tightens or strikes out on its own */
export interface ProposedRow {
  /** names the row's form fields: which entry of the request, and which of its actions */
  readonly id: string
  readonly entry: number
  readonly action: Action
  readonly title: string
  /** the entry cut down to this action, which means the same for it as the whole entry does */
  readonly capability: Capability
  readonly sentences: readonly { readonly sentence: string; readonly risk: 'normal' | 'high' }[]
  readonly risk: 'normal' | 'high'
}

const mailTitles: Readonly<Partial<Record<Action, string>>> = {
  'messages.read': 'Read mail',
  'messages.reply': 'Answer mail',
  'messages.send': 'Send new mail',
  'drafts.write': 'Write drafts',
  'labels.apply': 'Change labels',
  'messages.trash': 'Move mail to the trash',
  'history.read': 'See what changed',
}

const moneyTitles: Readonly<Record<StripeActionName, string>> = {
  'charges.read': 'See charges',
  'payment_intents.read': 'See payments',
  'customers.read': 'See customers',
  'refunds.read': 'See refunds',
  'invoices.read': 'See invoices',
  'subscriptions.read': 'See subscriptions',
  'subscription_schedules.read': 'See planned subscriptions',
  'credit_notes.read': 'See credit notes',
  'prices.read': 'See prices',
  'products.read': 'See products',
  'balance.read': 'See the balance',
  'balance_transactions.read': 'See what moved the balance',
  'transfers.read': 'See transfers',
  'disputes.read': 'See disputes',
  'refunds.create': 'Refund charges',
  'refunds.cancel': 'Stop refunds',
  'credit_notes.create': 'Write credit notes',
  'customer_balance_transactions.create': 'Give credit',
  'payment_intents.create': 'Charge customers',
  'payment_intents.update': 'Change payments',
  'payment_intents.capture': 'Collect payments',
  'payment_intents.cancel': 'Cancel payments',
  'transfers.create': 'Transfer money',
  'invoices.send': 'Send invoices',
  'invoices.void': 'Void invoices',
  'subscriptions.update': 'Change subscriptions',
  'subscriptions.cancel': 'End subscriptions',
  'subscription_schedules.create': 'Plan subscriptions',
  'subscription_schedules.update': 'Change planned subscriptions',
  'customers.update': 'Change customers',
  'accounts.update': 'Change connected accounts',
}

const crmTitles: Readonly<Partial<Record<Action, string>>> = {
  ...Object.fromEntries(
    HUBSPOT_OBJECTS.flatMap((object) =>
      Object.entries({
        read: 'Read',
        search: 'Search',
        create: 'Create',
        update: 'Change',
      } satisfies Record<HubspotVerb, string>).map(([verb, word]) => [
        `${object}.${verb}`,
        `${word} ${HUBSPOT_OBJECT_WORDS[object]}`,
      ]),
    ),
  ),
  'associations.write': 'Link records',
  'properties.read': 'See properties',
  'pipelines.read': 'See pipelines',
  'owners.read': 'See owners',
  'users.provision': 'Invite people',
}

const titles: Readonly<Record<Capability['type'], Readonly<Partial<Record<Action, string>>>>> = {
  gmail: mailTitles,
  hubspot: crmTitles,
  stripe: moneyTitles,
}

function titleOf({ type }: Capability, action: Action): string {
  return titles[type][action] ?? action
}

const LOOKING = /\.(?:read|search)$/u

/** what changes the world comes before what only looks at it */
const order: readonly Action[] = [
  'users.provision',
  ...STRIPE_ACTIONS.filter((action) => !action.endsWith('.read')),
  ...HUBSPOT_ACTIONS.filter((action) => !LOOKING.test(action)),
  'messages.send',
  'messages.reply',
  'messages.trash',
  'labels.apply',
  'drafts.write',
  'messages.read',
  'history.read',
  ...HUBSPOT_ACTIONS.filter((action) => LOOKING.test(action)),
  ...STRIPE_ACTIONS.filter((action) => action.endsWith('.read')),
]

/** the request row by row, those that need care first */
export function toRows(requested: readonly Capability[]): ProposedRow[] {
  const rows = requested.flatMap((capability, entry) =>
    capability.actions.map((action) => toRow(capability, entry, action)),
  )
  return rows.toSorted(
    (a, b) =>
      Number(b.risk === 'high') - Number(a.risk === 'high') ||
      order.indexOf(a.action) - order.indexOf(b.action),
  )
}

function toRow(whole: Capability, entry: number, action: Action): ProposedRow {
  const capability = restrict(whole, [action])
  const sentences = describe(capability)
  return {
    id: `row-${entry}-${action.replace('messages.', '').replaceAll(/[._]/g, '-')}`,
    entry,
    action,
    title: titleOf(whole, action),
    capability,
    sentences,
    risk: sentences.some(({ risk }) => risk === 'high') ? 'high' : 'normal',
  }
}
