import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../../adapters/ports.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { tellBuyer } from '../../../server/notifications/tell-buyer.ts'
import { createApprovals } from '../../../server/state/approvals.ts'
import { openTestDatabase } from '../../support/database.ts'
import { addBuyer } from './setup.ts'

describe('telling a buyer of an approval', () => {
  let open: OpenDatabase
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())

  async function addGrant(buyerId: string): Promise<string> {
    const id = `g_${randomUUID()}`
    const row = {
      id,
      buyer_id: buyerId,
      client_id: 'a',
      authorization_details: '[]',
      payload: '{}',
    }
    await open.db.insertInto('grants').values(row).execute()
    return id
  }

  const request = (grantId: string, digest: string, title = 'Refund $80.00'): ApprovalRequest => ({
    grantId,
    clientId: 'a',
    provider: 'gmail',
    operation: 'gmail.messages.send',
    decisionId: randomUUID(),
    digest,
    card: { title, rows: [{ label: 'Subject', value: 'secret words', from: 'agent' }] },
  })

  const messagesTo = async (buyerId: string) =>
    open.db
      .selectFrom('notifications')
      .select(['kind', 'subject', 'body', 'path'])
      .where('buyer_id', '=', buyerId)
      .where('channel', '=', 'mail')
      .orderBy('created_at')
      .execute()

  it('writes one message for one action, however often it is asked for', async () => {
    const buyerId = await addBuyer(open)
    const grantId = await addGrant(buyerId)
    const approvals = createApprovals(open.db, tellBuyer)
    await Promise.all(
      Array.from({ length: 4 }, async () => approvals.ask(request(grantId, 'digest'))),
    )
    const messages = await messagesTo(buyerId)
    expect(messages).toMatchObject([{ kind: 'approval_waiting', path: '/approvals' }])
    expect(messages[0]?.body).toContain('Refund $80.00')
    expect(messages[0]?.body).not.toContain('secret words')
  })

  it('tells of five of a kind, warns of the sixth, and is silent about the rest', async () => {
    const buyerId = await addBuyer(open)
    const grantId = await addGrant(buyerId)
    const approvals = createApprovals(open.db, tellBuyer)
    for (let index = 0; index < 9; index++) await approvals.ask(request(grantId, `digest-${index}`))
    expect((await messagesTo(buyerId)).map(({ kind }) => kind)).toEqual([
      ...Array<string>(5).fill('approval_waiting'),
      'approvals_collapsed',
    ])
  })

  it.each([
    'https://evil.example/approve',
    'evil.example/approve',
    'www.evil.example',
    '//evil.example',
    'xn--e1b.xn--p1ai',
    'evil。example',
    'eve@evil.example/approve',
    'http:\\/evil',
  ])('puts no link into our message that is not ours: %s', async (link) => {
    const buyerId = await addBuyer(open)
    const grantId = await addGrant(buyerId)
    const title = `Reply to ada@buyer.example about ${link}\r\nApprove here: ${link}`
    await createApprovals(open.db, tellBuyer).ask(request(grantId, 'digest', title))
    const [message] = await messagesTo(buyerId)
    expect(message?.body).toContain('Reply to ada@buyer.example about […] Approve here: […]')
    expect(message?.body).not.toMatch(/evil|xn--/)
    expect(message?.subject).toBe('A call waits for your approval')
  })
})
