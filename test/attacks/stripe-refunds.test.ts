import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type Stripe from 'stripe'
import { attenuate } from '../../capabilities/index.ts'
import { toDenial } from '../../sdk/index.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { reconcile } from '../../server/state/reconciler.ts'
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
beforeEach(async () => {
  desk.stripe.reset()
  await desk.newGrant()
})

const refunding = (more: object = {}): object => ({
  type: 'stripe',
  actions: ['refunds.create'],
  amount: { currency: 'usd', max: 10_000 },
  ...more,
})

type Params = Stripe.RefundCreateParams

/** `done`, or Stripe's code of the exception that its own client raised */
async function refund(
  token: string,
  params: Params = { charge: SHOP.hundred, amount: 1_000 },
  { replica = 0, ...request }: Stripe.RequestOptions & { replica?: 0 | 1 } = {},
): Promise<string> {
  try {
    // the older client takes an empty object for a mistake
    const options = Object.keys(request).length > 0 ? [request] : []
    await desk.client(token, desk.replicas[replica]).refunds.create(params, ...options)
    return 'done'
  } catch (error) {
    return codeOf(error)
  }
}

function codeOf(error: unknown): string {
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  return code ?? String(statusCode ?? error)
}

/** the raw form, for what the stock client would not write */
async function post(
  token: string,
  body: string,
  { path = '/v1/refunds', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; code: string }> {
  const response = await fetch(desk.replicas[0].url + path, {
    method: 'POST',
    body,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
  })
  const { error } = (await response.json()) as { error?: { code: string } }
  return { status: response.status, code: error?.code ?? 'done' }
}

describe('61: an amount that two parsers read differently', () => {
  test.each([
    'amount=100&amount=999999',
    'amount[]=100',
    'amount=1e3',
    'amount=%2B500',
    'amount=0x64',
    'amount=0100',
    'amount=100.00',
    'amount=100%00',
    'amount[currency]=usd&amount[value]=1',
    'amount=-100',
    'amount=0',
    'amount=',
    'Amount=100',
    'amount =100',
    'am%6Funt=100&amount=5000',
    'amount;x=100',
    '__proto__[amount]=1&amount=5',
    'constructor=1',
    `${'a[]=1&'.repeat(1_000)}amount=999999`,
    'amount=100&unknown=1',
  ])('%s', async (amount) => {
    const answer = await post(desk.mint([refunding()]), `charge=${SHOP.hundred}&${amount}`)
    expect(desk.stripe.effects).toEqual([])
    expect(answer.status).toBe(400)
  })
})

describe('62 to 65: what is refunded is what Stripe says, not what the agent leaves out', () => {
  test('no amount on a charge larger than the limit is everything that is left', async () => {
    const token = desk.mint([refunding({ amount: { currency: 'usd', max: 9_999 } })])
    expect(await refund(token, { charge: SHOP.hundred })).toBe('capability_denied')
    expect(desk.stripe.effects).toEqual([])
    expect(await refund(token, { charge: SHOP.partly })).toBe('done')
    expect(desk.stripe.shop.refunded('usd')).toBe(2_000)
    // said to Stripe as a number, so that it is that number
    expect(desk.stripe.effects[0]?.body).toContain('amount=2000')
  })

  test.each(['refund', 'refunds'])(
    'POST /v1/charges/{id}/%s spends the same budget',
    async (verb) => {
      const token = desk.mint([
        refunding({ limits: [{ per: 'day', amount: 1_500, currency: 'usd' }] }),
      ])
      const path = `/v1/charges/${SHOP.hundred}/${verb}`
      expect((await post(token, 'amount=1000', { path })).code).toBe('done')
      expect((await post(token, 'amount=1000', { path })).code).toBe('limit_reached')
      expect(await refund(token)).toBe('limit_reached')
      expect(desk.stripe.shop.refunded('usd')).toBe(1_000)
      expect(desk.stripe.effects.map((one) => one.path)).toEqual(['/v1/refunds'])
    },
  )

  test('charge and payment_intent together, or none, are no request', async () => {
    const token = desk.mint([refunding()])
    const both = { charge: SHOP.hundred, payment_intent: SHOP.hundredIntent, amount: 1 }
    expect(await refund(token, both)).toBe('parameter_invalid')
    expect(await refund(token, { amount: 1 })).toBe('parameter_invalid')
    expect(desk.stripe.effects).toEqual([])
    expect(await refund(token, { payment_intent: SHOP.hundredIntent, amount: 1 })).toBe('done')
  })

  test('another currency has another number for the same word', async () => {
    const token = desk.mint([refunding()])
    expect(await refund(token, { charge: SHOP.euro, amount: 100 })).toBe('capability_denied')
    expect(await refund(token, { charge: SHOP.yen, amount: 100 })).toBe('capability_denied')
    expect(desk.stripe.effects).toEqual([])
  })

  test('another customer’s charge, and one that is too old', async () => {
    const token = desk.mint([refunding({ customers: [SHOP.omar], charge_age_days: 90 })])
    expect(await refund(token)).toBe('resource_missing')
    const ofMara = desk.mint([refunding({ customers: [SHOP.mara], charge_age_days: 90 })])
    expect(await refund(ofMara, { charge: SHOP.old, amount: 1 })).toBe('resource_missing')
    expect(desk.stripe.effects).toEqual([])
    expect(await refund(ofMara)).toBe('done')
  })

  test('never more than is left, whatever the grant says', async () => {
    const token = desk.mint([refunding()])
    expect(await refund(token, { charge: SHOP.partly, amount: 2_001 })).toBe('parameter_invalid')
    expect(desk.stripe.effects).toEqual([])
  })
})

describe('what a refusal tells', () => {
  test('of a charge that the token does not cover: no amount, no currency, not whether it is there', async () => {
    const token = desk.mint([refunding({ customers: [SHOP.omar] })])
    const hidden = await said(token, { charge: SHOP.hundred, amount: 999_999_999 })
    const partly = await said(token, { charge: SHOP.partly, amount: 999_999_999 })
    expect(desk.stripe.effects).toEqual([])
    const missing = await said(token, { charge: 'ch_Missing000000000', amount: 1 })
    expect(hidden).toEqual(partly)
    expect(hidden).toEqual(missing)
    expect(hidden).toMatchObject({ code: 'resource_missing' })
    expect(JSON.stringify(hidden)).not.toMatch(/\$|only .* left|refunded/)
  })
})

async function said(token: string, params: Params): Promise<{ code?: string; message: string }> {
  try {
    await desk.client(token).refunds.create(params)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return { message, ...(code !== undefined && { code }) }
  }
  throw new Error('nothing was refused')
}

describe('66 to 69: budgets', () => {
  const limits = [{ per: 'day', amount: 5_000, currency: 'usd' }]

  test('20 at once of 10 dollars under 50 a day are exactly 5, at two replicas', async () => {
    const token = desk.mint([refunding({ limits })])
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        refund(token, undefined, { replica: index % 2 ? 1 : 0 }),
      ),
    )
    expect(desk.stripe.shop.refunded('usd')).toBe(5_000)
    expect(desk.stripe.effects).toHaveLength(5)
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(5)
    expect(answers.filter((answer) => answer === 'limit_reached')).toHaveLength(15)
  })

  test('an answer that never comes keeps its part; the same key is told what became of it', async () => {
    const token = desk.mint([refunding({ limits })])
    const params = { charge: SHOP.hundred, amount: 4_000 }
    desk.stripe.failNextEffect({ kind: 'reset', executes: true })
    const options = { idempotencyKey: 'order-1042', maxNetworkRetries: 0 }
    expect(await refund(token, params, options)).toBe('upstream_failed')
    // another key: nobody knows yet, and it would be done twice
    expect(await refund(token, params, { idempotencyKey: 'order-1042-again' })).not.toBe('done')
    expect(desk.stripe.effects).toHaveLength(1)
    expect(await refund(token, { charge: SHOP.hundred, amount: 2_000 })).toBe('limit_reached')
    expect(await refund(token, params, options)).toBe('done')
    expect(desk.stripe.effects).toHaveLength(1)
    expect(desk.stripe.shop.refunded('usd')).toBe(4_000)
    expect(await statesOf()).toEqual(['done'])
    expect(await refund(token, { charge: SHOP.hundred, amount: 1_000 })).toBe('done')
    expect(await refund(token, { charge: SHOP.hundred, amount: 1 })).toBe('limit_reached')
  })

  test('what was never done gives its part back once that is known', async () => {
    const token = desk.mint([refunding({ limits })])
    desk.stripe.failNextEffect({ kind: 'reset' })
    expect(await refund(token, { charge: SHOP.hundred, amount: 5_000 })).toBe('upstream_failed')
    expect(await refund(token, { charge: SHOP.hundred, amount: 1 })).toBe('limit_reached')
    expect(await settle()).toBe(0)
    await database.db
      .updateTable('idempotent_calls')
      .set({ begun_at: new Date(Date.now() - 20 * 60_000), asked_at: null })
      .where('grant_id', '=', desk.grantId)
      .execute()
    expect(await settle()).toBe(1)
    expect(await settle()).toBe(0)
    expect(await refund(token, { charge: SHOP.hundred, amount: 5_000 })).toBe('done')
    expect(desk.stripe.shop.refunded('usd')).toBe(5_000)
  })

  test('what was done after all is found, and stays taken', async () => {
    const token = desk.mint([refunding({ limits })])
    desk.stripe.failNextEffect({ kind: 'status', status: 500, executes: true })
    expect(await refund(token, { charge: SHOP.hundred, amount: 5_000 })).toBe('upstream_failed')
    await forgetAsking()
    const before = desk.stripe.requests.length
    expect(await settle()).toBe(1)
    // in the shapes that this front knows, whatever the account's own version is
    const asked = desk.stripe.requests.slice(before)
    expect(asked.map(({ path, headers }) => [path, headers['stripe-version']])).toEqual([
      ['/v1/refunds', '2026-10-28.endive'],
    ])
    expect(await refund(token, { charge: SHOP.hundred, amount: 1 })).toBe('limit_reached')
    expect(desk.stripe.shop.refunded('usd')).toBe(5_000)
  })

  test('what Stripe refuses for certain gives its part back at once', async () => {
    const token = desk.mint([refunding({ limits })])
    desk.stripe.failNextEffect({ kind: 'status', status: 402 })
    expect(await refund(token, { charge: SHOP.hundred, amount: 5_000 })).not.toBe('done')
    expect(await refund(token, { charge: SHOP.hundred, amount: 5_000 })).toBe('done')
  })

  test('one key for another amount is a mistake, and another grant’s same key is another', async () => {
    const token = desk.mint([refunding()])
    const key = { idempotencyKey: 'order-7' }
    expect(await refund(token, { charge: SHOP.hundred, amount: 100 }, key)).toBe('done')
    expect(await refund(token, { charge: SHOP.hundred, amount: 200 }, key)).toBe(
      'idempotency_key_mismatch',
    )
    expect(desk.stripe.effects).toHaveLength(1)
    await desk.newGrant()
    const other = desk.mint([refunding()])
    expect(await refund(other, { charge: SHOP.hundred, amount: 200 }, key)).toBe('done')
    expect(desk.stripe.effects.map((one) => one.headers['idempotency-key'])).toEqual([
      expect.stringMatching(/^[\w-]{43}$/),
      expect.stringMatching(/^[\w-]{43}$/),
    ])
    expect(new Set(desk.stripe.effects.map((one) => one.headers['idempotency-key'])).size).toBe(2)
  })

  test('one key sent five times at once is done once', async () => {
    const token = desk.mint([refunding({ limits })])
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        refund(token, undefined, { idempotencyKey: 'k', replica: index % 2 ? 1 : 0 }),
      ),
    )
    expect(desk.stripe.effects).toHaveLength(1)
    expect(desk.stripe.shop.refunded('usd')).toBe(1_000)
    expect(answers).toContain('done')
  })

  test('attenuated tokens spend from the grant, however many there are', async () => {
    const token = desk.mint([refunding({ limits })])
    const children = Array.from({ length: 8 }, (_, index) =>
      attenuate(token, [
        {
          type: 'stripe',
          actions: ['refunds.create'],
          amount: { currency: 'usd', max: 1_000 + index },
          limits,
        },
      ]),
    )
    await Promise.all(children.map((child) => refund(child)))
    expect(desk.stripe.shop.refunded('usd')).toBe(5_000)
  })
})

async function settle(): Promise<number> {
  return reconcile(database.db, {
    provider: 'stripe',
    front: desk.replicas[1].front,
    connections: { byId: () => Promise.resolve(desk.connection) },
    log: () => undefined,
  })
}

async function statesOf(): Promise<string[]> {
  const rows = await database.db
    .selectFrom('idempotent_calls')
    .select('state')
    .where('grant_id', '=', desk.grantId)
    .execute()
  return rows.map(({ state }) => state)
}

async function forgetAsking(): Promise<void> {
  await database.db
    .updateTable('idempotent_calls')
    .set({ asked_at: null })
    .where('grant_id', '=', desk.grantId)
    .execute()
}

describe('70, 74, 78: what stands beside the parameters', () => {
  test.each([
    ['Stripe-Account', 'acct_other', 403],
    ['Stripe-Context', 'acct_other', 403],
    ['Stripe-Version', '2015-10-16', 400],
    ['Stripe-Version', '2026-10-28.preview, 2026-10-28', 400],
    ['Stripe-Version', '2026-10-28.preview', 400],
    ['Stripe-Version', '2025-99-99', 400],
    ['Stripe-Version', '2099-01-01', 400],
    ['Idempotency-Key', 'x'.repeat(256), 400],
    ['Content-Type', 'application/json', 415],
  ])('%s: %s', async (name, value, status) => {
    const token = desk.mint([refunding()])
    const body = `charge=${SHOP.hundred}&amount=100`
    const answer = await post(token, body, { headers: { [name.toLowerCase()]: value } })
    expect(desk.stripe.effects).toEqual([])
    expect(answer.status).toBe(status)
  })

  test.each([
    'reason=fraudulent',
    'instructions_email=eve%40evil.example',
    'reverse_transfer=true',
    'refund_application_fee=true',
    'origin=customer_balance',
    'metadata[remit_call]=x',
    'expand[]=charge.customer',
  ])('%s is not accepted', async (parameter) => {
    const body = `charge=${SHOP.hundred}&amount=100&${parameter}`
    const answer = await post(desk.mint([refunding()]), body)
    expect(desk.stripe.effects).toEqual([])
    expect(answer.status).toBe(400)
  })

  test('parameters in the query of a POST', async () => {
    const path = `/v1/refunds?charge=${SHOP.hundred}&amount=9000`
    const answer = await post(desk.mint([refunding()]), `charge=${SHOP.hundred}&amount=1`, { path })
    expect(desk.stripe.effects).toEqual([])
    expect(answer.status).toBe(400)
  })

  test('a token with the shape of a key', async () => {
    const token = desk.mint([refunding()])
    expect(await refund(`rk_cap_${token}`)).toBe('done')
    expect(desk.stripe.effects[0]?.headers['authorization']).toBe(`Bearer ${desk.stripe.apiKey}`)
  })
})

describe('what waits for the buyer', () => {
  const grant = refunding({
    approval: { amount_over: 2_000 },
    limits: [{ per: 'day', amount: 10_000, currency: 'usd' }],
  })

  test('20 dollars pass, 80 wait, pass once after her yes, and then the budget refuses', async () => {
    const token = desk.mint([grant])
    const eighty = { charge: SHOP.hundred, amount: 8_000 }
    expect(await refund(token, { charge: SHOP.hundred, amount: 2_000 })).toBe('done')
    const asked = await askedFor(token, eighty)
    expect(desk.stripe.shop.refunded('usd')).toBe(2_000)
    expect(await desk.approve(asked.id)).toBe(true)
    expect(await refund(token, eighty)).toBe('done')
    expect(desk.stripe.shop.refunded('usd')).toBe(10_000)
    expect(await refund(token, { charge: SHOP.partly, amount: 100 })).toBe('limit_reached')
    expect(desk.stripe.effects).toHaveLength(2)
  })

  test('a yes for one amount, charge or note is none for another', async () => {
    const token = desk.mint([grant])
    await desk.approve((await askedFor(token, { charge: SHOP.hundred, amount: 8_000 })).id)
    for (const other of [
      { charge: SHOP.hundred, amount: 8_001 },
      { charge: SHOP.old, amount: 8_000 },
      { charge: SHOP.hundred, amount: 8_000, metadata: { order: '7' } },
    ]) {
      expect(await refund(token, other)).toBe('approval_required')
    }
    expect(desk.stripe.effects).toEqual([])
  })

  test('a yes to all that is left is of the sum on the card, also when more is left by then', async () => {
    const token = desk.mint([refunding({ approval: { amount_over: 1_000 } })])
    const rest = { charge: SHOP.partly }
    expect(await desk.approve((await askedFor(token, rest)).id)).toBe(true)
    desk.stripe.shop.find('charges', SHOP.partly)['amount_refunded'] = 0
    expect(await refund(token, rest)).toBe('approval_required')
    expect(desk.stripe.effects).toEqual([])
    expect(await refund(token, { ...rest, amount: 2_000 })).toBe('done')
  })

  test('a retry of the stock client after a lost answer uses no second yes', async () => {
    const token = desk.mint([grant])
    const eighty = { charge: SHOP.hundred, amount: 8_000 }
    await desk.approve((await askedFor(token, eighty)).id)
    desk.stripe.failNextEffect({ kind: 'reset', executes: true })
    const key = { idempotencyKey: 'order-9' }
    expect(await refund(token, eighty, key)).toBe('upstream_failed')
    expect(await refund(token, eighty, key)).toBe('done')
    expect(desk.stripe.effects).toHaveLength(1)
  })
})

async function askedFor(token: string, params: Params): Promise<{ id: string }> {
  try {
    await desk.client(token).refunds.create(params)
  } catch (error) {
    const denial = toDenial(error)
    expect(denial).toMatchObject({ reason: 'APPROVAL_REQUIRED', constraint: 'amount' })
    expect(denial?.approval).toMatchObject({ status: 'pending' })
    return { id: denial?.approval?.id ?? '' }
  }
  throw new Error('nobody was asked')
}

describe('what Stripe answers', () => {
  test.each([
    { kind: 'redirect', location: 'http://evil.example/' },
    { kind: 'echo_credential' },
    { kind: 'not_json' },
  ] as const)('$kind is passed on as a failure, in Stripe’s shape', async (failure) => {
    desk.stripe.failNextEffect(failure)
    const answer = await post(desk.mint([refunding()]), `charge=${SHOP.hundred}&amount=100`)
    expect(answer.status).toBe(502)
    expect(desk.stripe.effects).toHaveLength(1)
  })

  test('a refusal by Stripe keeps its word, and not its sentence', async () => {
    desk.stripe.failNextEffect({ kind: 'status', status: 400, code: 'charge_already_refunded' })
    const token = desk.mint([refunding()])
    const answer = await desk
      .client(token)
      .refunds.create({ charge: SHOP.hundred, amount: 100 })
      .catch((error: unknown) => error as Error & { code: string })
    expect(answer).toMatchObject({ code: 'charge_already_refunded' })
    expect(String((answer as Error).message)).not.toContain('said of')
  })
})
