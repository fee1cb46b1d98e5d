import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { createMailDelivery } from '../../../server/notifications/mail-delivery.ts'
import type { NotificationEvent } from '../../../server/notifications/notification.ts'
import { startSender, toDelaySeconds } from '../../../server/notifications/sender.ts'
import { createWebhookDelivery } from '../../../server/notifications/webhook-delivery.ts'
import { SecretBytes, SecretText } from '../../../server/secret.ts'
import { openTestDatabase } from '../../support/database.ts'
import { aboutRefund, addBuyer, issuer, put, startHookServer, startMailServer } from './setup.ts'

describe('the sender of notifications', () => {
  let open: OpenDatabase
  let events: NotificationEvent[]
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    events = []
    await open.db.deleteFrom('notifications').execute()
  })

  const options = () => ({
    db: open.db,
    log: (event: NotificationEvent) => void events.push(event),
    pollMs: 20,
    delaySeconds: () => 0,
  })
  const webhook = (url: string) =>
    createWebhookDelivery(
      { url: new SecretText(url), secret: new SecretBytes(Buffer.alloc(32, 'k')) },
      issuer,
    )
  const named = (event: NotificationEvent['event']) => events.filter((one) => one.event === event)
  const rows = async () =>
    open.db.selectFrom('notifications').select(['channel', 'attempts', 'dead_at']).execute()

  it('sends each message once, however many processes send', async () => {
    await using server = await startHookServer()
    const buyerId = await addBuyer(open)
    for (let index = 0; index < 18; index++) await put(open, aboutRefund(buyerId))
    const senders = Array.from({ length: 3 }, () => startSender(webhook(server.url), options()))
    await vi.waitFor(() => expect(named('notification_sent')).toHaveLength(18), 10_000)
    await Promise.all(senders.map(async (sender) => sender.close()))
    const ids = server.calls.map(({ headers }) => headers['webhook-id'])
    expect(ids).toHaveLength(18)
    expect(new Set(ids).size).toBe(18)
    // what went by webhook still has to go by mail, and is kept for whoever sends that
    expect((await rows()).map(({ channel }) => channel)).toEqual(Array(18).fill('mail'))
  })

  it('tries again what failed, under the same id', async () => {
    let answers = 0
    await using server = await startHookServer((response) => {
      answers += 1
      response.writeHead(answers < 3 ? 503 : 200).end()
    })
    await put(open, aboutRefund(await addBuyer(open)))
    const sender = startSender(webhook(server.url), options())
    await vi.waitFor(() => expect(named('notification_sent')).toHaveLength(1), 10_000)
    await sender.close()
    expect(server.calls).toHaveLength(3)
    expect(new Set(server.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(named('notification_delayed')).toHaveLength(2)
  })

  it('gives up after a number of attempts, and the log says so', async () => {
    await using server = await startHookServer((response) => void response.writeHead(500).end())
    await put(open, aboutRefund(await addBuyer(open)))
    const sender = startSender(webhook(server.url), { ...options(), maxAttempts: 3 })
    await vi.waitFor(() => expect(named('notification_dead')).toHaveLength(1), 10_000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await sender.close()
    expect(server.calls).toHaveLength(3)
    expect(named('notification_dead')).toMatchObject([
      { channel: 'webhook', attempts: 3, error: 'the webhook answered 500' },
    ])
    const dead = (await rows()).filter(({ dead_at }) => dead_at !== null)
    expect(dead).toMatchObject([{ channel: 'webhook', attempts: 3 }])
  })

  it('sends nothing that is too late, and the log counts it', async () => {
    await using server = await startHookServer()
    await put(open, aboutRefund(await addBuyer(open)))
    await open.db
      .updateTable('notifications')
      .set({ expires_at: new Date(0) })
      .execute()
    const sender = startSender(webhook(server.url), options())
    await vi.waitFor(() => expect(named('notifications_too_late')).toHaveLength(1), 10_000)
    await sender.close()
    expect(server.calls).toEqual([])
    expect(named('notifications_too_late')).toMatchObject([{ notifications: 1 }])
  })

  it('a slow way holds up no other', async () => {
    await using hook = await startHookServer(() => undefined)
    await using mail = await startMailServer()
    await put(open, aboutRefund(await addBuyer(open, 'ada@buyer.example')))
    const url = new SecretText(mail.url)
    const senders = [
      startSender(webhook(hook.url), { ...options(), graceMs: 0 }),
      startSender(createMailDelivery({ url, from: 'remit@op.example' }, issuer), options()),
    ]
    await vi.waitFor(() => expect(mail.mails).toHaveLength(1), 10_000)
    expect(mail.mails).toMatchObject([{ to: ['ada@buyer.example'] }])
    await vi.waitFor(() => expect(hook.calls).toHaveLength(1), 10_000)
    await Promise.all(senders.map(async (sender) => sender.close()))
  })

  it('stops in time, and leaves what was under way for the next start', async () => {
    await using hook = await startHookServer(() => undefined)
    await put(open, aboutRefund(await addBuyer(open)))
    const sender = startSender(webhook(hook.url), { ...options(), graceMs: 50 })
    await vi.waitFor(() => expect(hook.calls).toHaveLength(1), 10_000)
    const before = performance.now()
    await sender.close()
    expect(performance.now() - before).toBeLessThan(5_000)
    expect(named('notification_sent')).toEqual([])
    const left = (await rows()).filter(({ channel }) => channel === 'webhook')
    expect(left).toMatchObject([{ attempts: 1, dead_at: null }])
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(hook.calls).toHaveLength(1)
  })

  it('waits longer each time, and never longer than two hours and a little', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map(toDelaySeconds)
    expect(delays[0]).toBeGreaterThanOrEqual(30)
    expect(delays[0]).toBeLessThanOrEqual(36)
    expect(delays[3]).toBeGreaterThanOrEqual(1_920)
    expect(Math.max(...delays)).toBeLessThanOrEqual(8_640)
  })
})
