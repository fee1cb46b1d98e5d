import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDirectStripe, type DirectStripe } from './stripe-client.ts'
import { SHOP, startFakeStripe } from './stripe/index.ts'

let direct: DirectStripe
beforeAll(async () => {
  direct = await openDirectStripe()
})
afterAll(async () => direct.stripe.close())
beforeEach(() => direct.stripe.reset())

/** a path and headers as no client with manners would send them */
async function send(
  method: string,
  target: string,
  headers: readonly string[] = [],
  body = '',
): Promise<{ status: number | undefined; text: string }> {
  const { hostname, port } = new URL(direct.stripe.url)
  const sent = request({
    hostname,
    port,
    method,
    path: target,
    headers: ['Host', hostname, 'Authorization', `Bearer ${direct.stripe.apiKey}`, ...headers],
  })
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number | undefined
    text: string
  }>()
  sent.on('error', reject)
  sent.on('response', (response) => {
    text(response).then(
      (answer) => resolve({ status: response.statusCode, text: answer }),
      (error: unknown) => reject(error as Error),
    )
  })
  sent.end(body)
  return promise
}

const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const

test('it is not for production', async () => {
  await expect(startFakeStripe({ production: true })).rejects.toThrow('not for production')
})

describe('a path in another spelling is no path', () => {
  test.each([
    `/v1//charges/${SHOP.euro}`,
    `/v1/charges/${SHOP.euro}/`,
    `/v1/charges/../charges/${SHOP.euro}`,
    `/v1/charges/%63h_Euro0000000003`,
    `/V1/charges/${SHOP.euro}`,
    `/v1/Charges/${SHOP.euro}`,
    `/v2/charges/${SHOP.euro}`,
    `//v1/charges/${SHOP.euro}`,
  ])('%s', async (target) => {
    const { status, text: answer } = await send('GET', target)
    expect(status).toBe(404)
    expect(JSON.parse(answer)).toMatchObject({ error: { type: 'invalid_request_error' } })
    expect(direct.stripe.requests.at(-1)?.target).toBe(target)
  })
})

describe('a parameter that it does not know, or of another type, is refused by its name', () => {
  test.each([
    ['shop=1', 'parameter_unknown'],
    ['amount=1e2', 'parameter_invalid_integer'],
    ['amount=%2B5', 'parameter_invalid_integer'],
    ['amount=0100', 'parameter_invalid_integer'],
    ['amount=0', 'parameter_invalid_integer'],
    ['amount=-5', 'parameter_invalid_integer'],
    ['amount=1.00', 'parameter_invalid_integer'],
    ['amount[]=1', 'parameter_invalid_integer'],
    ['amount=1&amount=2', 'parameter_invalid'],
    ['am%6Funt=1&amount=2', 'parameter_invalid'],
    ['reverse_transfer=yes', 'parameter_invalid_boolean'],
    ['reason=because', 'parameter_invalid'],
    ['metadata=x', 'parameter_invalid'],
    ['metadata[a]=1&metadata=x', 'parameter_invalid'],
    ['__proto__[amount]=1', 'parameter_unknown'],
    ['constructor=1', 'parameter_unknown'],
    ['currency=xyz', 'parameter_invalid'],
    ['amount=%zz', 'invalid_request_error'],
    ['charge[=1', 'parameter_unknown'],
  ])('%s', async (parameter, code) => {
    const body = `charge=${SHOP.hundred}&${parameter}`
    expect(await direct.raw('POST', '/v1/refunds', { body })).toMatchObject({ status: 400, code })
    expect(direct.stripe.shop.refunded('usd')).toBe(0)
    expect(direct.stripe.effects.map((one) => one.body)).toEqual([body])
  })
})

describe('what stands where it does not belong', () => {
  const body = `charge=${SHOP.hundred}&amount=1`

  test('a query on a POST, a body on a GET or a DELETE', async () => {
    expect((await direct.raw('POST', '/v1/refunds?amount=1', { body })).status).toBe(400)
    expect((await direct.raw('POST', '/v1/refunds?', { body })).status).toBe(400)
    expect(
      (await send('GET', '/v1/charges', [...FORM, 'Content-Length', '7'], 'limit=1')).status,
    ).toBe(400)
    const path = `/v1/subscriptions/${SHOP.subscription}`
    expect((await send('DELETE', path, ['Content-Length', '12'], 'prorate=true')).status).toBe(400)
    expect((await direct.raw('DELETE', `${path}?prorate=true`)).code).toBe('done')
  })

  test.each([
    ['Authorization', 'Bearer another', 400],
    ['Stripe-Account', SHOP.grower, 403],
    ['Stripe-Context', SHOP.grower, 403],
    ['Stripe-Version', 'newest', 400],
    ['Idempotency-Key', 'x'.repeat(256), 400],
  ])('%s: %s', async (name, value, status) => {
    const length = ['Content-Length', String(body.length)]
    const answer = await send('POST', '/v1/refunds', [...FORM, ...length, name, value], body)
    expect(answer.status).toBe(status)
    expect(direct.stripe.shop.refunded('usd')).toBe(0)
  })

  test('no credential, a wrong one, and JSON', async () => {
    for (const authorization of ['', 'Bearer sk_test_other', `bearer ${direct.stripe.apiKey}`]) {
      const answer = await direct.raw('POST', '/v1/refunds', { body, headers: { authorization } })
      expect(answer.status).toBe(401)
    }
    const headers = { 'content-type': 'application/json' }
    expect((await direct.raw('POST', '/v1/refunds', { body, headers })).status).toBe(400)
    expect((await direct.raw('PUT', '/v1/refunds')).status).toBe(405)
    expect(direct.stripe.shop.refunded('usd')).toBe(0)
  })

  test('everything is recorded as it came', async () => {
    const headers = [...FORM, 'x-ODD', 'one', 'X-odd', 'two', 'Content-Length', '16']
    await send('POST', '/v1/refunds/..;?a=%62&&', headers, 'amount=1&a=%62++')
    const recorded = direct.stripe.requests[0]
    expect(recorded?.target).toBe('/v1/refunds/..;?a=%62&&')
    expect(recorded?.rawHeaders).toEqual(expect.arrayContaining(['x-ODD', 'one', 'X-odd', 'two']))
    expect(recorded?.bytes.toString('latin1')).toBe('amount=1&a=%62++')
  })
})
