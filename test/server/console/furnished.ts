import { sql } from 'kysely'
import type { ApprovalCard } from '../../../adapters/ports.ts'
import { parseCapabilities } from '../../../capabilities/index.ts'
import { createApprovals } from '../../../server/state/approvals.ts'
import { addRecord } from './activity-records.ts'
import type { TestAgent, TestConsole } from './setup.ts'

export const mara = 'mara@shop.example'

/** what strangers say: agents of themselves, mails, providers */
export interface Words {
  readonly agent: string
  readonly second: string
  readonly subject: string
  readonly text: string
  readonly refused: string
}

const PLAIN: Words = {
  agent: 'Helpdesk Assistant',
  second: 'Invoice Sorter',
  subject: 'Your order 4711',
  text: 'Dear Kim,\n\nyour parcel leaves today.\n\nHelpdesk, for Mara',
  refused: 'audit@evil.example is not in this conversation',
}

export interface Furnished {
  readonly buyerId: string
  readonly agent: TestAgent
  /** every page of somebody who is signed in, by a name for it */
  readonly rooms: Readonly<Record<string, string>>
}

export const helpdesk: readonly object[] = [
  {
    type: 'gmail',
    actions: ['messages.read', 'messages.reply'],
    to: { addresses: ['support@shop.example'] },
    newer_than_days: 30,
    body: { refuse: ['payment_card', 'iban'] },
    limits: [{ per: 'day', calls: 40 }],
  },
  {
    type: 'gmail',
    actions: ['messages.send'],
    recipients: { domains: ['parcel.example'], addresses: ['warehouse@shop.example'], max: 3 },
    attachments: 'any',
  },
  {
    type: 'stripe',
    actions: ['refunds.create'],
    amount: { currency: 'usd', max: 5_000 },
    approval: { amount_over: 2_000 },
    limits: [{ per: 'day', amount: 20_000, currency: 'usd', over: 'ask' }],
  },
  {
    type: 'hubspot',
    actions: ['contacts.search', 'contacts.read'],
    must_filter_on: [['email']],
    properties: { read: ['email', 'firstname', 'lastname'] },
    max_results: 3,
  },
]

/** a console in which something has happened: each room has something in it, and every state that a grant can be in */
export async function furnish(remit: TestConsole, said: Partial<Words> = {}): Promise<Furnished> {
  const words = { ...PLAIN, ...said }
  const { db } = remit.database
  const { id: buyerId, connectionId } = await remit.addBuyer(mara)
  await db
    .insertInto('connections')
    .values(
      [
        { id: 'c_stripe', provider: 'stripe', account: 'acct_1Shop', status: 'working' as const },
        {
          id: 'c_hubspot',
          provider: 'hubspot',
          account: '4711',
          status: 'broken' as const,
          last_error: 'hubspot does not know this token, or it has ended',
        },
      ].map((row) => ({ ...row, buyer_id: buyerId, sealed: 'x' })),
    )
    .execute()
  const agent = await remit.addAgent({ client_name: words.agent })
  const second = await remit.addAgent({ client_name: words.second })
  const connections = { gmail: connectionId, stripe: 'c_stripe', hubspot: 'c_hubspot' }
  const details = JSON.stringify(parseCapabilities(helpdesk))
  const reading = JSON.stringify(
    parseCapabilities([
      { type: 'gmail', actions: ['messages.read'], subject_contains: [words.subject] },
    ]),
  )
  const day = 86_400_000
  const later = new Date(Date.now() + 60 * day)
  const earlier = (days: number): Date => new Date(Date.now() - days * day)
  const grant = { buyer_id: buyerId, payload: '{}', connections: JSON.stringify(connections) }
  await db
    .insertInto('grants')
    .values([
      {
        ...grant,
        id: 'g_active',
        client_id: agent.clientId,
        authorization_details: details,
        expires_at: later,
      },
      {
        ...grant,
        id: 'g_paused',
        client_id: second.clientId,
        authorization_details: reading,
        expires_at: later,
        created_at: earlier(3),
        paused_at: new Date(),
        paused_by: 'buyer' as const,
        standing_xid: 1,
      },
      {
        ...grant,
        id: 'g_ended',
        client_id: second.clientId,
        authorization_details: reading,
        expires_at: earlier(1),
        created_at: earlier(90),
      },
      {
        ...grant,
        id: 'g_revoked',
        client_id: agent.clientId,
        authorization_details: details,
        expires_at: later,
        created_at: earlier(40),
        revoked_at: earlier(20),
        revoked_reason: 'revoked by the buyer',
      },
    ])
    .execute()
  // every front runs and knows what is paused
  await sql`
    insert into running_fronts (id, provider, resource, applied, lease_ms)
    select provider, provider, 'http://127.0.0.1:' || port, pg_current_snapshot(), 10000
      from (values ('gmail', 4001), ('hubspot', 4002), ('stripe', 4003)) as front (provider, port)
  `.execute(db)
  const today = new Date().toISOString().slice(0, 10)
  await db
    .insertInto('budgets')
    .values([
      {
        holder: 'g_active',
        dimension: 'gmail.messages.read.calls',
        time_window: 'day',
        period: today,
        used: 12,
      },
      {
        holder: 'g_active',
        dimension: 'stripe.refunding.amount.usd',
        time_window: 'day',
        period: today,
        used: 20_000,
      },
    ])
    .execute()
  await ask(remit, agent.clientId, 'stripe.refunds.create', {
    title: 'Refund $45.00 of charge ch_4711',
    rows: [
      { label: 'Reason', value: words.text, from: 'agent' },
      { label: 'Customer', value: words.subject, from: 'provider' },
      { label: 'Asked because', value: 'more than $20.00', from: 'front' },
    ],
  })
  for (let n = 0; n < 8; n += 1) {
    await ask(remit, agent.clientId, 'gmail.messages.send', {
      title: `Send a new mail about ${words.subject}`,
      rows: [{ label: 'Text', value: `${words.text} ${n}`, from: 'agent' }],
    })
  }
  const call = { grantId: 'g_active', buyerId, clientId: agent.clientId }
  await addRecord(remit.database, {
    ...call,
    id: 'd_read',
    facts: { operation: 'gmail.messages.read', id: 'm1', subject: words.subject },
  })
  await addRecord(remit.database, {
    ...call,
    id: 'd_refused',
    operation: 'gmail.messages.send',
    facts: {
      operation: 'gmail.messages.reply',
      recipients: ['audit@evil.example'],
      subject: words.subject,
    },
    decision: 'deny',
    reason: 'caveat',
    caveat: `block 0: check if op("gmail.messages.reply"), ${words.subject}`,
    explanation: words.refused,
  })
  return {
    buyerId,
    agent,
    rooms: {
      agents: '/grants',
      grant: '/grants/g_active',
      'grant-paused': '/grants/g_paused',
      'grant-revoked': '/grants/g_revoked',
      change: '/grants/g_active/change',
      approvals: '/approvals',
      activity: '/activity',
      call: '/activity/d_refused',
      connections: '/connections',
      you: '/you',
      welcome: '/welcome',
      developers: '/developers',
      token: '/developers/token',
    },
  }
}

let asked = 0
async function ask(
  remit: TestConsole,
  clientId: string,
  operation: string,
  card: ApprovalCard,
): Promise<void> {
  await createApprovals(remit.database.db).ask({
    grantId: 'g_active',
    clientId,
    provider: operation.startsWith('stripe') ? 'stripe' : 'gmail',
    operation,
    decisionId: 'd_1',
    digest: `furnished ${++asked}`,
    card,
  })
}
