import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { enqueue } from '../../../server/notifications/enqueue.ts'
import { openTestDatabase } from '../../support/database.ts'
import { aboutRefund, addBuyer, put } from './setup.ts'

describe('the outbox', () => {
  let open: OpenDatabase
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())

  const rowsOf = async (buyerId: string) =>
    open.db
      .selectFrom('notifications')
      .select(['id', 'channel', 'subject', 'body', 'path'])
      .where('buyer_id', '=', buyerId)
      .orderBy('channel')
      .execute()

  it('has the message once for each way, under one id', async () => {
    const buyerId = await addBuyer(open)
    expect(await put(open, aboutRefund(buyerId))).toBe('queued')
    const [mail, webhook] = await rowsOf(buyerId)
    expect([mail?.channel, webhook?.channel]).toEqual(['mail', 'webhook'])
    expect(mail?.id).toBe(webhook?.id)
  })

  it('forgets the message with the transaction it speaks of', async () => {
    const buyerId = await addBuyer(open)
    const undone = open.db.transaction().execute(async (transaction) => {
      await enqueue(transaction, aboutRefund(buyerId))
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await rowsOf(buyerId)).toEqual([])
  })

  it('keeps no line break in a subject, and nothing that hides or reorders text', async () => {
    const buyerId = await addBuyer(open)
    await put(
      open,
      aboutRefund(buyerId, {
        subject: 'One\r\nBcc: eve@evil.example\u2028two\u202e\u0000',
        text: 'first\r\nsecond\u202ehidden\u200b\u001b[31m',
      }),
    )
    const [row] = await rowsOf(buyerId)
    expect(row?.subject).toBe('One Bcc: eve@evil.example two')
    expect(row?.body).toBe('first \nsecond hidden  [31m')
  })

  it('cuts what is too long', async () => {
    const buyerId = await addBuyer(open)
    await put(open, aboutRefund(buyerId, { subject: '😀'.repeat(400), text: 'a'.repeat(50_000) }))
    const [row] = await rowsOf(buyerId)
    expect(Array.from(row?.subject ?? '')).toHaveLength(150)
    expect(row?.body).toHaveLength(4_000)
    expect(row?.subject.isWellFormed()).toBe(true)
  })

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    'approvals',
    '/a b',
    '/a\n',
    '/a#b',
    '@evil.example',
  ])('takes no link that leaves the console: `%s`', async (path) => {
    const buyerId = await addBuyer(open)
    await expect(put(open, aboutRefund(buyerId, { path }))).rejects.toThrow('no path')
    expect(await rowsOf(buyerId)).toEqual([])
  })

  it('does not let an agent fill a mailbox, and an alert gets through all the same', async () => {
    const buyerId = await addBuyer(open)
    const answers: string[] = []
    for (let index = 0; index < 25; index++) answers.push(await put(open, aboutRefund(buyerId)))
    expect(answers.filter((answer) => answer === 'queued')).toHaveLength(20)
    expect(await rowsOf(buyerId)).toHaveLength(40)
    expect(await put(open, aboutRefund(buyerId, { kind: 'approvals_collapsed' }))).toBe('queued')
    const other = await addBuyer(open)
    expect(await put(open, aboutRefund(other))).toBe('queued')
  })
})
