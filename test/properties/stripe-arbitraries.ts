import fc from 'fast-check'
import type { Action, StripeTarget } from '../../capabilities/index.ts'
import {
  STRIPE_EFFECTS,
  STRIPE_READABLE,
  type StripeOperation,
} from '../../capabilities/vocabulary/stripe-action.ts'
import { WRITABLE } from '../../capabilities/vocabulary/fields.ts'
import { definitionOf } from '../../capabilities/vocabulary/vocabularies.ts'
import { ENDS, rarely, some, withoutUndefined } from './vocabulary-common.ts'

/** small pools: two random readings of one rule only meet where the values do */
const CUSTOMERS = ['cus_mara', 'cus_omar']
const PATHS = ['customer', 'refunds']
const ACCOUNTS = ['acct_1', 'acct_2']
const FIELDS = [...new Set(Object.values(WRITABLE).flat())]

export const STRIPE_SUBJECTS: string[] = [
  'stripe.reading',
  'stripe.refunding',
  'stripe.charging',
  'stripe.capturing',
  'stripe.transferring',
  'stripe.changing',
]

const limit = fc
  .record({
    per: fc.constantFrom('day', 'grant'),
    max: fc.constantFrom(1, 5, 40),
    currency: fc.constantFrom(undefined, 'usd', 'usd', 'eur'),
    over: fc.constantFrom(undefined, undefined, 'ask'),
  })
  .map(({ per, max, currency, over }) =>
    withoutUndefined({ per, ...(currency ? { amount: max, currency } : { calls: max }), over }),
  )
const approval = fc.oneof(
  fc.constant('always'),
  fc.constantFrom(0, 5, 20, 60).map((line) => ({ amount_over: line })),
)
const reading = fc
  .record({
    // two entries only meet where their actions do: most are of the one that carries most
    of: fc.oneof(
      { weight: 4, arbitrary: fc.constant('charges') },
      { weight: 1, arbitrary: fc.constantFrom(...STRIPE_READABLE) },
    ),
    customers: rarely(some(CUSTOMERS)),
    charge_age_days: rarely(fc.constantFrom(1, 30)),
    destinations: rarely(some(ACCOUNTS)),
    expires_at: rarely(fc.constantFrom(...ENDS)),
    expand: rarely(fc.subarray(PATHS)),
  })
  .map(({ of, ...said }) => entryFor(`${of}.read`, said))
const changing = fc
  .record({
    effect: fc.oneof(
      { weight: 4, arbitrary: fc.constant('refunds.create' as const) },
      { weight: 2, arbitrary: fc.constantFrom(...STRIPE_EFFECTS) },
    ),
    customers: rarely(some(CUSTOMERS)),
    charge_age_days: rarely(fc.constantFrom(1, 30)),
    destinations: some(ACCOUNTS),
    accounts: some(ACCOUNTS),
    fields: some(FIELDS),
    expires_at: rarely(fc.constantFrom(...ENDS)),
    amount: fc.record({
      currency: fc.constantFrom('usd', 'usd', 'eur'),
      max: fc.constantFrom(5, 40),
    }),
    approval: rarely(approval),
    limits: rarely(fc.array(limit, { minLength: 1, maxLength: 2 })),
  })
  .map(({ effect, ...said }) => entryFor(effect, said))

/** what the action cannot carry is left out: one stray field, and the whole entry would be refused */
function entryFor(action: string, said: Record<string, unknown>): Record<string, unknown> {
  const { constraints } = definitionOf('stripe', action as Parameters<typeof definitionOf>[1])
  const names = new Set(constraints.map(({ name }) => name.split('.')[0]))
  const fitting = Object.entries(said).filter(([name]) => names.has(name))
  return { type: 'stripe', actions: [action], ...Object.fromEntries(fitting) }
}

/** as JSON; some of them do not parse */
export const stripeEntries: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  reading,
  changing,
  changing,
)

const targets: fc.Arbitrary<StripeTarget> = fc.record({
  customer: fc.constantFrom(undefined, ...CUSTOMERS),
  chargeAgeSeconds: fc.constantFrom(undefined, 0, 86_400, 86_401, 2_592_001),
  destination: fc.constantFrom(undefined, ...ACCOUNTS, 'acct_3'),
  account: fc.constantFrom(undefined, ...ACCOUNTS, 'acct_3'),
  fields: fc.option(fc.subarray(FIELDS, { maxLength: 3 }), { nil: undefined, freq: 5 }),
  expansions: fc.option(fc.subarray(PATHS), { nil: undefined, freq: 5 }),
  money: fc.option(
    fc.record({
      currency: fc.constantFrom('usd', 'usd', 'eur'),
      amount: fc.constantFrom(0, 1, 5, 6, 20, 21, 40, 41),
    }),
    { nil: undefined, freq: 8 },
  ),
})

const operations = fc.constantFrom<StripeOperation>(
  'stripe.refunds.create',
  'stripe.refunds.create',
  'stripe.refunds.create',
  'stripe.charges.read',
  'stripe.charges.read',
  'stripe.list',
  ...STRIPE_READABLE.map((of) => `stripe.${of}.read` as const),
  ...STRIPE_EFFECTS.map((effect) => `stripe.${effect}` as const),
)

export const stripeActions: fc.Arbitrary<Action> = fc.record({
  operation: operations,
  target: targets,
})
