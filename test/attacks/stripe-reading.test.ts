import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenDatabase } from '../../server/database/open.ts'
import { SHOP } from '../fakes/stripe/index.ts'
import { openTestDatabase } from '../support/database.ts'
import { openStripeDesk, type StripeDesk } from '../support/stripe-desk.ts'

let database: OpenDatabase
let desk: StripeDesk

beforeAll(async () => {
  database = await openTestDatabase()
  desk = await openStripeDesk(database)
})
afterAll(async () => {
  await desk.close()
  await database.close()
})
beforeEach(() => desk.stripe.reset())

const ALL = ['charges.read', 'payment_intents.read', 'customers.read', 'refunds.read']
const reading = (more: object = {}, actions = ALL): object => ({ type: 'stripe', actions, ...more })

async function attempt<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call
  } catch (error) {
    const { code, statusCode } = error as { code?: string; statusCode?: number }
    return code ?? String(statusCode ?? error)
  }
}

async function get(
  token: string,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(desk.replicas[0].url + path, {
    headers,
    redirect: 'manual',
    ...init,
  })
  return { status: response.status, text: await response.text() }
}

describe('71 and 77: what an answer shows', () => {
  test('no secret, no link that lets somebody in, nothing embedded that was not granted', async () => {
    const token = desk.mint([reading()])
    const client = desk.client(token)
    const charge = await client.charges.retrieve(SHOP.hundred)
    expect(charge).toMatchObject({ amount: 10_000, customer: SHOP.mara, currency: 'usd' })
    const intent = await client.paymentIntents.retrieve(SHOP.hundredIntent)
    const customer = await client.customers.retrieve(SHOP.mara)
    const list = await client.charges.list()
    const seen = JSON.stringify([charge, intent, customer, list])
    for (const secret of [
      'client_secret',
      '_secret_leak',
      'receipt_url',
      'pay.stripe.com',
      'fingerprint',
      'Fsecret',
      'billing_details',
      'invoice_prefix',
      'total_count',
      'default_source',
    ]) {
      expect(seen).not.toContain(secret)
    }
  })

  test('metadata is texts, whatever they look like', async () => {
    const metadata = {
      object: 'constructor',
      id: 'forged',
      return_url: 'https://shop.example',
      6735: 'order',
      remit_call: 'ours',
    }
    desk.stripe.shop.find('charges', SHOP.hundred)['metadata'] = metadata
    const token = desk.mint([reading({ expand: ['metadata'] }, ['charges.read'])])
    const charge = await desk.client(token).charges.retrieve(SHOP.hundred, { expand: ['metadata'] })
    const { remit_call: _ours, ...shown } = metadata
    expect(charge.metadata).toEqual(shown)
  })

  test('an expansion has to be granted, and shows what it is of as carefully', async () => {
    const refused = desk.mint([reading()])
    const one = desk.client(refused).charges.retrieve(SHOP.hundred, { expand: ['customer'] })
    expect(await attempt(one)).toBe('capability_denied')
    const rows = desk.client(refused).charges.list({ expand: ['data.customer'] })
    expect(await attempt(rows)).toMatchObject({ data: [] })
    const granted = desk.mint([reading({ expand: ['customer'] }, ['charges.read'])])
    const charge = await desk
      .client(granted)
      .charges.retrieve(SHOP.hundred, { expand: ['customer'] })
    expect(charge.customer).toMatchObject({ id: SHOP.mara, name: 'Mara' })
    expect(JSON.stringify(charge)).not.toContain('fingerprint')
    const deeper = { expand: ['customer.default_source'] }
    const more = desk.client(granted).charges.retrieve(SHOP.hundred, deeper)
    expect(await attempt(more)).toBe('capability_denied')
  })
})

describe('76: which things are shown', () => {
  const ofOmar = (): string => desk.mint([reading({ customers: [SHOP.omar] }, ['charges.read'])])

  test('what may not be seen is what is not there, byte for byte', async () => {
    const token = ofOmar()
    const hidden = await get(token, `/v1/charges/${SHOP.hundred}`)
    const missing = await get(token, '/v1/charges/ch_Missing000000000')
    expect(hidden).toEqual(missing)
    expect(hidden.status).toBe(404)
    const shown = await desk.client(token).charges.retrieve(SHOP.euro)
    expect(shown.id).toBe(SHOP.euro)
  })

  test('a list holds what the token shows, whatever it asks for', async () => {
    const token = ofOmar()
    const client = desk.client(token)
    expect((await client.charges.list()).data.map(({ id }) => id)).toEqual([SHOP.euro])
    const other = await client.charges.list({ customer: SHOP.mara })
    expect(other).toMatchObject({ data: [], has_more: false })
    // where a hidden thing stands in a list is nobody's business
    const after = client.charges.list({ starting_after: SHOP.hundred })
    const none = client.charges.list({ starting_after: 'ch_Missing000000000' })
    expect(await attempt(after)).toBe('resource_missing')
    expect(await attempt(none)).toBe('resource_missing')
  })

  test('the stock client’s paging finds exactly those, and never an empty page with more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 260 }),
        fc.integer({ min: 1, max: 100 }),
        async (ofOmarRow, limit) => {
          desk.stripe.reset()
          const rows = desk.stripe.shop.rows('charges')
          const template = { ...rows[0] }
          rows.length = 0
          ofOmarRow.forEach((isShown, index) => {
            const id = `ch_${String(index).padStart(8, '0')}`
            rows.push({
              ...template,
              id,
              object: 'charge',
              customer: isShown ? SHOP.omar : SHOP.mara,
            })
          })
          const wanted = rows.filter((row) => row['customer'] === SHOP.omar).map(({ id }) => id)
          const found: string[] = []
          const client = desk.client(ofOmar())
          for await (const charge of client.charges.list({ limit })) found.push(charge.id)
          expect(found).toEqual(wanted)
          const page = await client.charges.list({ limit })
          expect(page.has_more && page.data.length === 0).toBe(false)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('a search that would widen what was asked is refused before it is made', async () => {
    const token = desk.mint([reading()])
    const query = `customer:"${SHOP.mara}" OR amount>0`
    expect(await attempt(desk.client(token).charges.search({ query }))).toBe('parameter_invalid')
    expect(desk.stripe.requests).toEqual([])
  })

  test('reading is counted record by record', async () => {
    const limits = [{ per: 'day', calls: 3 }]
    await desk.newGrant()
    const token = desk.mint([reading({ limits }, ['charges.read'])])
    const client = desk.client(token)
    expect((await client.charges.list({ limit: 2 })).data).toHaveLength(2)
    expect(await attempt(client.charges.list({ limit: 2 }))).toBe('limit_reached')
    expect(await attempt(client.charges.retrieve(SHOP.euro))).toMatchObject({ id: SHOP.euro })
    expect(await attempt(client.charges.retrieve(SHOP.euro))).toBe('limit_reached')
  })
})

describe('16: an answer that the stock client could take for success', () => {
  test('also what is no request at all is an error in Stripe’s shape, that it does not try again', async () => {
    const answer = await fetch(`${desk.replicas[0].url}/v1/charges`, {
      headers: { authorization: `Bearer ${'x'.repeat(17_000)}` },
    })
    expect(answer.status).toBe(431)
    expect(answer.headers.get('stripe-should-retry')).toBe('false')
    expect(await answer.json()).toHaveProperty('error.type', 'invalid_request_error')
    expect(desk.stripe.requests).toEqual([])
  })
})
