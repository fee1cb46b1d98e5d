import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type Stripe from 'stripe'
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

  test('searching is not offered: its query could ask what a list may not', async () => {
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

describe('72: everything else', () => {
  test('every other method of the stock client is refused, and nothing reaches Stripe', async () => {
    const token = desk.mint([
      reading(),
      { type: 'stripe', actions: ['refunds.create'], amount: { currency: 'usd', max: 1 } },
    ])
    const client = desk.client(token)
    const methods = methodsOf(client)
    expect(methods.length).toBeGreaterThan(400)
    const open = [
      'charges.list',
      'charges.retrieve',
      'customers.list',
      'customers.retrieve',
      'paymentIntents.list',
      'paymentIntents.retrieve',
      'refunds.create',
      'refunds.list',
      'refunds.retrieve',
    ]
    const reached: string[] = []
    for (const { name, call } of methods) {
      if (open.includes(name)) continue
      desk.stripe.reset()
      const answer = await attempt(call())
      if (desk.stripe.requests.length > 0 || typeof answer !== 'string') reached.push(name)
    }
    expect(reached).toEqual([])
  }, 120_000)

  test.each([
    ['GET', '/v1/events'],
    ['GET', '/v1/files'],
    ['POST', '/v1/file_links'],
    ['POST', '/v1/webhook_endpoints'],
    ['POST', '/v1/account_links'],
    ['POST', '/v1/billing_portal/sessions'],
    ['POST', '/v1/ephemeral_keys'],
    ['POST', '/v2/core/event_destinations'],
    ['GET', '/v1/balance/history'],
    ['POST', `/v1/customers/${SHOP.mara}`],
    ['POST', `/v1/customers/${SHOP.mara}/cards`],
    ['POST', `/v1/charges/${SHOP.hundred}/dispute`],
    ['GET', `/V1/charges/${SHOP.hundred}`],
    ['GET', `/v1/charges/${SHOP.hundred}/`],
    ['GET', `/v1/charges/..%2frefunds`],
  ])('%s %s', async (method, path) => {
    const token = desk.mint([reading()])
    const { status, text } = await get(token, path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(method === 'POST' && { body: '' }),
    })
    expect(desk.stripe.requests).toEqual([])
    expect([400, 403]).toContain(status)
    expect(JSON.parse(text)).toHaveProperty('error')
  })
})

/** every function that makes a request, with arguments that it accepts */
function methodsOf(client: Stripe): { name: string; call: () => Promise<unknown> }[] {
  const found: { name: string; call: () => Promise<unknown> }[] = []
  const seen = new Set<unknown>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    const prototype = (Object.getPrototypeOf(value) ?? Object.prototype) as object
    const names = new Set([
      ...Object.getOwnPropertyNames(value),
      ...(prototype === Object.prototype ? [] : Object.getOwnPropertyNames(prototype)),
    ])
    for (const name of names) {
      // every resource knows the client that it came from
      if (/^_|^constructor$|^stripe$|^Decimal$/.test(name)) continue
      const member: unknown = (value as Record<string, unknown>)[name]
      const full = path === '' ? name : `${path}.${name}`
      if (typeof member === 'function' && path !== '' && isRequest(full)) {
        const bound = (member as (...args: unknown[]) => unknown).bind(value)
        found.push({ name: full, call: () => invoke(bound) })
      } else walk(member, full)
    }
  }
  for (const name of Object.keys(client)) {
    if (/^[a-z]/.test(name)) walk((client as unknown as Record<string, unknown>)[name], name)
  }
  return found
}

function isRequest(name: string): boolean {
  return !/^(webhooks|errors)\b|\.(createFullPath|createResourcePathWithSymbols|extend|method|basePath|path|requestParamProcessor|validateRequest|initialize)$/.test(
    name,
  )
}

/** ids first, as many as it wants; the last word of the client is an exception or an answer */
async function invoke(method: (...args: unknown[]) => unknown): Promise<unknown> {
  let last: unknown
  for (const ids of [0, 1, 2, 3]) {
    try {
      return await method(...Array.from({ length: ids }, () => 'xx_1'))
    } catch (error) {
      last = error
      if ((error as { statusCode?: number }).statusCode !== undefined) throw error
    }
  }
  throw last
}
