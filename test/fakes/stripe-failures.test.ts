import Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDirectStripe, outcome, type DirectStripe } from './stripe-client.ts'
import { SHOP } from './stripe/index.ts'

let direct: DirectStripe
beforeAll(async () => {
  direct = await openDirectStripe()
})
afterAll(async () => direct.stripe.close())
beforeEach(() => direct.stripe.reset())

const TEN = { charge: SHOP.hundred, amount: 1_000 } as const

function refunded(): number {
  return direct.stripe.shop.refunded('usd')
}

async function refund(
  key = 'k',
  params: Stripe.RefundCreateParams = TEN,
): Promise<Stripe.Response<Stripe.Refund>> {
  return direct.client.refunds.create(params, { idempotencyKey: key })
}

describe('an idempotency key', () => {
  test('with the same parameters is answered as before, in whatever order they come', async () => {
    const first = await refund()
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined()
    const again = await refund('k', { amount: 1_000, charge: SHOP.hundred })
    expect(again).toMatchObject({ id: first.id })
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
    expect(refunded()).toBe(1_000)
    expect((await refund('other')).id).not.toBe(first.id)
    expect(refunded()).toBe(2_000)
  })

  test('shows what was answered then, not what became of it', async () => {
    const first = await refund()
    direct.stripe.shop.find('refunds', first.id)['status'] = 'failed'
    expect((await refund()).status).toBe('succeeded')
  })

  test('with other parameters, or at another path, is refused', async () => {
    await refund()
    expect(await outcome(refund('k', { ...TEN, amount: 1 }))).toBe('idempotency_error')
    const transfer = { amount: 1, currency: 'usd', destination: SHOP.grower }
    const elsewhere = direct.client.transfers.create(transfer, { idempotencyKey: 'k' })
    expect(await outcome(elsewhere)).toBe('idempotency_error')
    expect(refunded()).toBe(1_000)
  })

  test('keeps an error of Stripe’s own, done or not', async () => {
    const failure = { kind: 'status', status: 500, saved: true } as const
    direct.stripe.failNextEffect({ ...failure, executes: true })
    const headers = { 'idempotency-key': 'k' }
    const body = `charge=${SHOP.hundred}&amount=1000`
    expect((await direct.raw('POST', '/v1/refunds', { body, headers })).status).toBe(500)
    const again = await direct.raw('POST', '/v1/refunds', { body, headers })
    expect(again.status).toBe(500)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(refunded()).toBe(1_000)
  })

  test('keeps one of what was not done', async () => {
    direct.stripe.failNextEffect({ kind: 'status', status: 500, saved: true })
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await outcome(refund())).toBe('api_error')
      expect(refunded()).toBe(0)
    }
  })

  test('is nothing to a DELETE', async () => {
    const headers = { 'idempotency-key': 'k' }
    const path = `/v1/subscriptions/${SHOP.subscription}`
    expect((await direct.raw('DELETE', path, { headers })).status).toBe(200)
    expect((await direct.raw('DELETE', path, { headers })).status).toBe(404)
  })
})

describe('the next request fails', () => {
  test('late', async () => {
    direct.stripe.failNextEffect({ kind: 'slow', milliseconds: 120 })
    const before = performance.now()
    expect((await refund()).amount).toBe(1_000)
    expect(performance.now() - before).toBeGreaterThan(100)
  })

  test.each([true, false])('without an answer, done: %s', async (executes) => {
    direct.stripe.failNextEffect({ kind: 'timeout', executes })
    const lost = direct.client.refunds.create(TEN, { timeout: 100 })
    await expect(lost).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError)
    expect(refunded()).toBe(executes ? 1_000 : 0)
  })

  test('because somebody else works on it; a retry with the same key is done', async () => {
    direct.stripe.failNextEffect({ kind: 'lock_timeout' })
    expect(await outcome(refund())).toBe('lock_timeout')
    expect(refunded()).toBe(0)
    expect(await outcome(refund())).toBe('done')
  })

  test('with too much in its answer, or of another type', async () => {
    const path = `${direct.stripe.url}/v1/charges/${SHOP.euro}`
    const headers = { authorization: `Bearer ${direct.stripe.apiKey}` }
    direct.stripe.failNextRead({ kind: 'oversized', bytes: 5_000_000 })
    const long = await (await fetch(path, { headers })).text()
    expect(long.length).toBeGreaterThan(5_000_000)
    expect(JSON.parse(long)).toMatchObject({ id: SHOP.euro })
    direct.stripe.failNextRead({ kind: 'content_type', contentType: 'text/plain' })
    const plain = await fetch(path, { headers })
    expect(plain.headers.get('content-type')).toBe('text/plain')
    expect(await plain.json()).toMatchObject({ id: SHOP.euro })
  })

  test('by an answer about another thing', async () => {
    direct.stripe.failNextRead({ kind: 'other_object', id: SHOP.private })
    expect((await direct.client.charges.retrieve(SHOP.euro)).id).toBe(SHOP.private)
    expect((await direct.client.charges.retrieve(SHOP.euro)).id).toBe(SHOP.euro)
  })

  test('by doing it with another amount', async () => {
    direct.stripe.failNextEffect({ kind: 'other_amount', amount: 7_000 })
    expect((await refund()).amount).toBe(7_000)
    expect(refunded()).toBe(7_000)
    expect(direct.stripe.effects[0]?.body).toContain('amount=1000')
    expect((await refund()).amount).toBe(7_000)
    expect(refunded()).toBe(7_000)
  })

  test.each([true, false])('by a reset, done: %s', async (executes) => {
    direct.stripe.failNextEffect({ kind: 'reset', executes })
    await expect(
      direct.raw('POST', '/v1/refunds', { body: `charge=${SHOP.hundred}` }),
    ).rejects.toThrow()
    expect(refunded()).toBe(executes ? 10_000 : 0)
  })

  test('with the credential in it', async () => {
    direct.stripe.failNextRead({ kind: 'echo_credential' })
    const read = direct.client.charges.retrieve(SHOP.euro)
    await expect(read).rejects.toThrow(direct.stripe.apiKey)
  })
})
