import { z } from 'zod'
import { targetOf } from './action-parts.ts'
import type { Conditions } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import type { StripeTarget } from './stripe-action.ts'
import { binary, constantsOf, fact, leaf, string, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

function idsOf(prefix: string, example: string): z.ZodType<readonly string[], string[]> {
  const grammar = new RegExp(`^${prefix}_[A-Za-z0-9_]{1,64}$`)
  return listOf(z.string().regex(grammar, `expected an id such as ${example}`))
}

export const customersSchema: z.ZodType<readonly string[], string[]> = idsOf(
  'cus',
  'cus_NffrFeUfNV2Hib',
)
export const accountsSchema: z.ZodType<readonly string[], string[]> = idsOf(
  'acct',
  'acct_1NffrFeUfNV2Hib',
)

/** one id of the request's target, inside a list; a target without one is in no list */
function idIn(options: {
  readonly name: 'customers' | 'destinations' | 'accounts'
  readonly predicate: string
  readonly member: (target: StripeTarget) => string | undefined
  readonly words: (ids: string) => string
}): Constraint {
  const { name: field, predicate, member, words } = options
  const idOf = (target: StripeTarget | undefined): string | undefined => target && member(target)
  const wordsOf = (ids: readonly string[]): string => words(list(ids.map(name), 'or'))
  return constraint<readonly string[]>({
    name: field,
    predicate,
    get: (conditions) => conditions[field],
    set: (conditions: Conditions, value) => ({ ...conditions, [field]: value }),
    caveat: (value) => leaf(predicate, (id) => binary(stringSet(value), 'contains', id)),
    decompile: (query) => stringsOf(constantsOf(query)[0]),
    permits: (value, action) => {
      const id = idOf(targetOf(action))
      return id !== undefined && value.includes(id)
    },
    subsumes: (wider, narrower) => narrower.every((id) => wider.includes(id)),
    phrase: wordsOf,
    explain: (value, action) => {
      const id = idOf(targetOf(action))
      return {
        refused: id === undefined ? `this is not ${wordsOf(value)}` : `this is ${words(name(id))}`,
        allowed: `only ${wordsOf(value)}`,
      }
    },
    assert: (action) => {
      const id = idOf(targetOf(action))
      return id === undefined ? undefined : fact(predicate, string(id))
    },
  })
}

export const customers: Constraint = idIn({
  name: 'customers',
  predicate: 'customer',
  member: ({ customer }) => customer,
  words: (ids) => `of the customer ${ids}`,
})
export const destinations: Constraint = idIn({
  name: 'destinations',
  predicate: 'destination',
  member: ({ destination }) => destination,
  words: (ids) => `to the account ${ids}`,
})
export const accounts: Constraint = idIn({
  name: 'accounts',
  predicate: 'account',
  member: ({ account }) => account,
  words: (ids) => `of the account ${ids}`,
})
