import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OpenDatabase } from '../../server/database/open.ts'
import { SHOP } from '../fakes/stripe/index.ts'
import { openTestDatabase } from '../support/database.ts'
import { openStripeDesk, type StripeDesk } from '../support/stripe-desk.ts'

let database: OpenDatabase
let desk: StripeDesk
let token: string

beforeAll(async () => {
  database = await openTestDatabase()
  desk = await openStripeDesk(database)
  token = desk.mint([
    { type: 'stripe', actions: ['charges.read', 'customers.read', 'refunds.read'] },
    { type: 'stripe', actions: ['refunds.create'], amount: { currency: 'usd', max: 1 } },
  ])
})
afterAll(async () => {
  await desk.close()
  await database.close()
})

const READ_AND_LISTED = [
  'balanceTransactions',
  'charges',
  'creditNotes',
  'customers',
  'disputes',
  'invoices',
  'paymentIntents',
  'prices',
  'products',
  'refunds',
  'subscriptionSchedules',
  'subscriptions',
  'transfers',
]
const SEARCHED = [
  'charges',
  'customers',
  'invoices',
  'paymentIntents',
  'prices',
  'products',
  'subscriptions',
]

/** every method of the stock client that this front knows, and what kind it is; a new one of theirs is refused until it stands here */
const OPEN: ReadonlyMap<string, 'read' | 'money' | 'change'> = new Map([
  ...READ_AND_LISTED.flatMap((of) => [
    [`${of}.retrieve`, 'read'] as const,
    [`${of}.list`, 'read'] as const,
  ]),
  ...SEARCHED.map((of) => [`${of}.search`, 'read'] as const),
  ['balance.retrieve', 'read'],
  ['refunds.create', 'money'],
  ['creditNotes.create', 'money'],
  ['customers.createBalanceTransaction', 'money'],
  ['invoices.voidInvoice', 'money'],
  ['paymentIntents.create', 'money'],
  ['paymentIntents.update', 'money'],
  ['paymentIntents.capture', 'money'],
  ['paymentIntents.cancel', 'money'],
  ['transfers.create', 'money'],
  ['refunds.cancel', 'change'],
  ['invoices.sendInvoice', 'change'],
  ['subscriptions.update', 'change'],
  ['subscriptions.cancel', 'change'],
  ['subscriptionSchedules.create', 'change'],
  ['subscriptionSchedules.update', 'change'],
  ['customers.update', 'change'],
  ['accounts.update', 'change'],
])

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    const { code, statusCode } = error as { code?: string; statusCode?: number }
    return code ?? String(statusCode ?? error)
  }
}

describe('72: everything else', () => {
  test('every other method of the stock client is refused, and nothing reaches Stripe', async () => {
    const methods = methodsOf(desk.client(token))
    expect(methods.length).toBeGreaterThan(400)
    const reached: string[] = []
    for (const { name, call } of methods) {
      if (OPEN.has(name)) continue
      desk.stripe.reset()
      const code = await codeOf(call())
      if (desk.stripe.requests.length > 0 || code === 'done') reached.push(name)
    }
    expect(reached).toEqual([])
  }, 120_000)

  test.each([...OPEN])('%s (%s) is a method of the client, and known here', async (name) => {
    const method = methodsOf(desk.client(token)).find((one) => one.name === name)
    expect(method).toBeDefined()
    expect(await codeOf(method?.call() ?? Promise.resolve())).not.toBe('unknown_operation')
  })

  test.each([
    ['GET', '/v1/events'],
    ['GET', '/v1/files'],
    ['POST', '/v1/file_links'],
    ['POST', '/v1/webhook_endpoints'],
    ['POST', '/v1/account_links'],
    ['POST', '/v1/billing_portal/sessions'],
    ['POST', '/v1/ephemeral_keys'],
    ['POST', '/v2/core/event_destinations'],
    ['POST', '/v1/payouts'],
    ['POST', '/v1/apps/secrets'],
    ['GET', '/v1/balance/history'],
    ['POST', `/v1/customers/${SHOP.mara}/cards`],
    ['POST', `/v1/customers/${SHOP.mara}/subscriptions`],
    ['POST', `/v1/charges/${SHOP.hundred}/dispute`],
    ['POST', '/v1/charges'],
    ['POST', `/v1/payment_intents/${SHOP.hundredIntent}/confirm`],
    ['GET', `/V1/charges/${SHOP.hundred}`],
    ['GET', `/v1/charges/${SHOP.hundred}/`],
    ['GET', `/v1/charges/..%2frefunds`],
  ])('%s %s', async (method, path) => {
    desk.stripe.reset()
    const response = await fetch(desk.replicas[0].url + path, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}` },
      ...(method === 'POST' && { body: '' }),
    })
    expect(desk.stripe.requests).toEqual([])
    expect([400, 403]).toContain(response.status)
    expect(await response.json()).toHaveProperty('error')
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
  return !/^(webhooks|errors)\b|\.(createFullPath|createResourcePathWithSymbols|extend|method|basePath|path|requestParamProcessor|validateRequest|initialize|authorizeUrl|addFetchRelatedObjectIfNeeded)$/.test(
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
