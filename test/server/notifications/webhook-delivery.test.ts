import { createServer } from 'node:net'
import type { AddressInfo, LookupFunction } from 'node:net'
import { inspect } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import type { Notification } from '../../../server/notifications/notification.ts'
import {
  createWebhookDelivery,
  type WebhookOptions,
} from '../../../server/notifications/webhook-delivery.ts'
import { SecretBytes, SecretText } from '../../../server/secret.ts'
import { issuer, startHookServer } from './setup.ts'

const key = Buffer.from('0123456789abcdefghijklmnopqrstuv')
const receiver = new Webhook(`whsec_${key.toString('base64')}`)
const signal = AbortSignal.timeout(60_000)
const notification: Notification = {
  id: 'ntf_1',
  buyerId: 'b_1',
  email: 'ada@buyer.example',
  kind: 'approval_waiting',
  subject: 'A refund waits: 80 €',
  text: 'The agent asks for a refund.\n"quoted"',
  path: '/approvals/apr_1',
  createdAt: new Date('2026-03-04T05:06:07Z'),
}

describe('a notification by webhook', () => {
  const deliveries: ReturnType<typeof createWebhookDelivery>[] = []
  afterEach(async () => {
    await Promise.all(deliveries.splice(0).map(async (delivery) => delivery.close()))
  })

  function deliveryTo(
    url: string,
    options: WebhookOptions = {},
  ): ReturnType<typeof createWebhookDelivery> {
    const settings = { url: new SecretText(url), secret: new SecretBytes(key) }
    const delivery = createWebhookDelivery(settings, issuer, options)
    deliveries.push(delivery)
    return delivery
  }

  it('is signed so that another implementation accepts it, and nothing else in its place', async () => {
    await using server = await startHookServer()
    const result = await deliveryTo(server.url).deliver(notification, signal)
    const [call] = server.calls
    const headers = call!.headers as Record<string, string>
    expect(receiver.verify(call!.body, headers)).toEqual({
      type: 'approval.waiting',
      timestamp: '2026-03-04T05:06:07.000Z',
      data: {
        buyer_id: 'b_1',
        subject: 'A refund waits: 80 €',
        text: 'The agent asks for a refund.\n"quoted"',
        url: 'https://remit.example/approvals/apr_1',
      },
    })
    expect(() => receiver.verify(`${call!.body} `, headers)).toThrow('signature')
    expect(() => receiver.verify(call!.body, { ...headers, 'webhook-id': 'ntf_2' })).toThrow(
      'signature',
    )
    expect(call).toMatchObject({ method: 'POST', path: '/hook' })
    expect(headers['webhook-id']).toBe('ntf_1')
    expect(headers['content-type']).toBe('application/json')
    expect(result).toEqual({ outcome: 'sent' })
  })

  it('carries the time of its attempt, so that an old one can be refused', async () => {
    await using server = await startHookServer()
    const old = deliveryTo(server.url, { now: () => Date.now() - 3_600_000 })
    await old.deliver(notification, signal)
    const [call] = server.calls
    const headers = call!.headers as Record<string, string>
    expect(() => receiver.verify(call!.body, headers)).toThrow('too old')
  })

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    await using elsewhere = await startHookServer()
    await using server = await startHookServer(
      (response) => void response.writeHead(status, { location: elsewhere.url }).end(),
    )
    const result = await deliveryTo(server.url).deliver(notification, signal)
    expect(elsewhere.calls).toEqual([])
    expect(result).toMatchObject({ outcome: 'failed', isFinal: false })
  })

  it('gives up at once when the receiver says that it is gone', async () => {
    await using server = await startHookServer((response) => void response.writeHead(410).end())
    const result = await deliveryTo(server.url).deliver(notification, signal)
    expect(result).toMatchObject({ outcome: 'failed', isFinal: true })
  })

  it('does not wait for an answer that does not come', async () => {
    await using server = await startHookServer(() => undefined)
    const result = await deliveryTo(server.url, { timeoutMs: 200 }).deliver(notification, signal)
    expect(server.calls).toHaveLength(1)
    expect(result).toMatchObject({ outcome: 'failed', isFinal: false })
  })

  it('takes the status and not the endless body behind it', async () => {
    await using server = await startHookServer((response) => {
      response.writeHead(200)
      const more = setInterval(() => response.write('x'.repeat(65_536)), 1)
      response.on('close', () => clearInterval(more))
    })
    const result = await deliveryTo(server.url).deliver(notification, signal)
    expect(result).toEqual({ outcome: 'sent' })
  })

  it.each(['127.0.0.1', '169.254.169.254', '0.0.0.0', '::1', 'fe80::1', '::ffff:127.0.0.1'])(
    'does not connect when a name leads to %s',
    async (address) => {
      await using local = await startListener()
      const resolve: LookupFunction = (_name, options, callback) => {
        const family = address.includes(':') ? 6 : 4
        if (options.all === true) callback(null, [{ address, family }])
        else callback(null, address, family)
      }
      const delivery = deliveryTo(`https://hooks.example:${local.port}/secret-path`, { resolve })
      const result = await delivery.deliver(notification, signal)
      expect(local.connections()).toBe(0)
      expect(result).toMatchObject({
        outcome: 'failed',
        reason: expect.stringContaining('only this machine') as string,
      })
      expect(inspect(result)).not.toContain('secret-path')
    },
  )
})

async function startListener(): Promise<
  { port: number; connections: () => number } & AsyncDisposable
> {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
