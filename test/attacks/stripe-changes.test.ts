import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toDenial } from '../../sdk/index.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { reconcile } from '../../server/state/reconciler.ts'
import { SHOP } from '../fakes/stripe/index.ts'
import { openTestDatabase } from '../support/database.ts'
import { openStripeDesk, type StripeDesk } from '../support/stripe-desk.ts'
import { CHANGES, type ChangeCase } from './stripe-changes.ts'

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
  // what an earlier test left unknown would be asked about too
  await database.db.deleteFrom('idempotent_calls').execute()
  await desk.newGrant()
})

const ofMara = { customers: [SHOP.cafe] }
const granting = ({ action, grant, isOpen }: ChangeCase, more: object = {}): string =>
  desk.mint([{ type: 'stripe', actions: [action], ...grant, ...(!isOpen && ofMara), ...more }])

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    const { code, statusCode } = error as { code?: string; statusCode?: number }
    return code ?? String(statusCode ?? error)
  }
}

/** the one request with an effect, as values, with its mark apart */
function theEffect(): { line: string; form: Record<string, string>; mark: string | undefined } {
  const [effect, ...more] = desk.stripe.effects
  if (effect === undefined || more.length > 0) {
    throw new Error(`${desk.stripe.effects.length} requests with an effect`)
  }
  const pairs = effect.method === 'DELETE' ? effect.query : new URLSearchParams(effect.body)
  const { 'metadata[remit_call]': mark, ...form } = Object.fromEntries(pairs)
  return { line: `${effect.method} ${effect.path}`, form, mark }
}

const forgetAsking = async (minutes: number): Promise<void> => {
  await database.db
    .updateTable('idempotent_calls')
    .set({ begun_at: new Date(Date.now() - minutes * 60_000), asked_at: null })
    .where('grant_id', '=', desk.grantId)
    .execute()
}
const settle = async (): Promise<number> =>
  reconcile(database.db, {
    provider: 'stripe',
    front: desk.replicas[1].front,
    connections: { byId: () => Promise.resolve(desk.connection) },
    log: () => undefined,
  })

describe.each(CHANGES)('$action', (one) => {
  const call = (token: string, key?: string): Promise<{ id: string }> =>
    one.call(desk.client(token), key === undefined ? undefined : { idempotencyKey: key })
  const once = { limits: [{ per: 'day', calls: 1 }] }

  test('goes to Stripe as values that were decided on, and nothing else', async () => {
    expect(await codeOf(call(granting(one)))).toBe('done')
    const { line, form, mark } = theEffect()
    expect([line, form]).toEqual(one.sent)
    expect(mark !== undefined).toBe(one.marks)
    const [effect] = desk.stripe.effects
    expect(effect?.headers['authorization']).toBe(`Bearer ${desk.stripe.apiKey}`)
  })

  test('shows neither a secret nor the mark', async () => {
    const shown = JSON.stringify(await call(granting(one)))
    expect(shown).not.toMatch(/_secret|fingerprint|hosted_|https?:|remit_call|default_payment/)
  })

  test('of another action’s token it is refused before Stripe is asked', async () => {
    const token = desk.mint([{ type: 'stripe', actions: ['charges.read'] }])
    expect(await codeOf(call(token))).toBe('capability_denied')
    expect(desk.stripe.requests).toEqual([])
  })

  if (!one.isOpen) {
    test('what is another customer’s is missing, as what is not there', async () => {
      const hidden = call(granting(one, { customers: [SHOP.family] }))
      expect(await codeOf(hidden)).toBe('resource_missing')
      expect(desk.stripe.effects).toEqual([])
    })
  }

  test('another answer than was decided on is reported, and keeps what it took', async () => {
    const token = granting(one, once)
    desk.stripe.failNextEffect({ kind: 'differs', members: one.instead })
    expect(await codeOf(call(token))).toBe('upstream_failed')
    expect(await codeOf(call(token))).not.toBe('done')
    expect(desk.stripe.effects).toHaveLength(1)
  })

  test('the same key is done once, and a lost answer is found', async () => {
    const token = granting(one, once)
    desk.stripe.failNextEffect({ kind: 'reset', executes: true })
    expect(await codeOf(call(token, 'k'))).toBe('upstream_failed')
    const found = await call(token, 'k')
    expect(found.id).toMatch(/^[a-z_]+_\w+$/)
    expect(await call(token, 'k')).toMatchObject({ id: found.id })
    expect(desk.stripe.effects).toHaveLength(1)
    expect(await codeOf(call(token, 'other'))).not.toBe('done')
    expect(desk.stripe.effects).toHaveLength(1)
  })

  test('what was done after all stays taken once that is known', async () => {
    const token = granting(one, once)
    desk.stripe.failNextEffect({ kind: 'reset', executes: true })
    expect(await codeOf(call(token))).toBe('upstream_failed')
    await forgetAsking(20)
    expect(await settle()).toBe(1)
    expect(await statesOf()).toEqual(['done'])
    expect(await codeOf(call(token))).not.toBe('done')
    expect(desk.stripe.effects).toHaveLength(1)
  })

  test('what was never done gives its part back, unless nobody can know', async () => {
    const token = granting(one, once)
    desk.stripe.failNextEffect({ kind: 'reset' })
    expect(await codeOf(call(token))).toBe('upstream_failed')
    await forgetAsking(20)
    expect(await settle()).toBe(1)
    const leavesNoTrace = one.action === 'invoices.send'
    expect(await statesOf()).toEqual([leavesNoTrace ? 'done' : 'failed'])
    expect(await codeOf(call(token))).toBe(leavesNoTrace ? 'limit_reached' : 'done')
  })

  test('waits for its buyer, passes once as she read it, and not a second time', async () => {
    const token = granting(one, { approval: 'always' })
    const denial = toDenial(await call(token).catch((error: unknown) => error))
    expect(denial).toMatchObject({ reason: 'APPROVAL_REQUIRED' })
    expect(desk.stripe.effects).toEqual([])
    const { card } = await database.db
      .selectFrom('approvals')
      .select('card')
      .where('id', '=', denial?.approval?.id ?? '')
      .executeTakeFirstOrThrow()
    expect(card).toMatchObject({ title: one.title })
    expect(await desk.approve(denial?.approval?.id ?? '')).toBe(true)
    expect(await codeOf(call(token))).toBe('done')
    expect(await codeOf(call(token))).not.toBe('done')
    expect(desk.stripe.effects).toHaveLength(1)
  })

  test('a parameter that nobody has decided on is refused before Stripe is asked', async () => {
    const [line] = one.sent
    const [method = '', path = ''] = line.split(' ')
    for (const stray of STRAY) {
      const response = await fetch(
        desk.replicas[0].url + (method === 'DELETE' ? `${path}?${stray}` : path),
        {
          method,
          headers: {
            authorization: `Bearer ${granting(one)}`,
            ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
          },
          ...(method === 'POST' && { body: stray }),
        },
      )
      expect([stray, response.status]).toEqual([stray, 400])
    }
    expect(desk.stripe.requests).toEqual([])
  })
})

/** what each moves money, writes to somebody or reaches another account by a way of its own */
const STRAY = [
  'instructions_email=eve%40evil.example',
  'transfer_data[destination]=acct_Evil',
  'on_behalf_of=acct_Evil',
  'application_fee_amount=1',
  'receipt_email=eve%40evil.example',
  'coupon=FREE',
  'discounts[0][coupon]=FREE',
  'trial_end=1999999999',
  'balance=-5000',
  'default_source=card_9',
  'external_account=ba_9',
  'proration_behavior=create_prorations',
  'prorate=true',
  'invoice_now=true',
  'email_type=credit_note',
  'lines[0][amount]=5',
  'source_transaction=ch_1',
  'return_url=https%3A%2F%2Fevil.example',
  'setup_future_usage=off_session',
  'expand[0]=customer',
  'metadata[remit_call]=forged',
]

async function statesOf(): Promise<string[]> {
  const rows = await database.db
    .selectFrom('idempotent_calls')
    .select('state')
    .where('grant_id', '=', desk.grantId)
    .execute()
  return rows.map(({ state }) => state)
}
