import { z } from 'zod'
import { targetOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import type { StripeEffect } from './stripe-action.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

/**
 * What of each thing can be written at all, by Stripe's names of the parameters. Not among them, because each moves money or
 * reaches somebody by a way of its own: a customer's `balance` and `default_source`, coupons and trials of a subscription, an
 * account's `external_account`.
 */
export const WRITABLE: Readonly<Partial<Record<StripeEffect, readonly string[]>>> = {
  'payment_intents.update': ['amount', 'description', 'metadata'],
  'subscriptions.update': ['cancel_at_period_end', 'description', 'items', 'metadata'],
  'subscription_schedules.create': ['end_behavior', 'metadata', 'phases', 'start_date'],
  'subscription_schedules.update': ['end_behavior', 'metadata', 'phases'],
  'customers.update': [
    'address',
    'description',
    'email',
    'metadata',
    'name',
    'phone',
    'preferred_locales',
    'shipping',
  ],
  'accounts.update': ['business_profile', 'email', 'metadata'],
}

const KNOWN = [...new Set(Object.values(WRITABLE).flat())].sort()

export const fieldsSchema: z.ZodType<readonly string[], string[]> = listOf(
  z.string().refine((field) => KNOWN.includes(field), {
    message: `expected one of ${list(KNOWN, 'or')}`,
  }),
)

/** what may be written; every parameter of a request must be among these */
export const fields: Constraint = constraint<readonly string[]>({
  name: 'fields',
  predicate: 'fields',
  get: (conditions) => conditions.fields,
  set: (conditions, value) => ({ ...conditions, fields: value }),
  caveat: (value) => leaf('fields', (written) => binary(stringSet(value), 'contains', written)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) =>
    targetOf(action)?.fields?.every((field) => value.includes(field)) === true,
  subsumes: (wider, narrower) => narrower.every((field) => wider.includes(field)),
  phrase: wordsOf,
  explain: (value, action) => {
    const beyond = (targetOf(action)?.fields ?? []).filter((field) => !value.includes(field))
    return {
      refused: `this would change ${list(beyond.map(name), 'and')}`,
      allowed: wordsOf(value),
    }
  },
  assert: (action) => {
    const written = targetOf(action)?.fields
    return written && fact('fields', stringSet(written))
  },
})

function wordsOf(value: readonly string[]): string {
  return `only ${list(value.map(name), 'and')}`
}
