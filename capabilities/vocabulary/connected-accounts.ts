import { z } from 'zod'
import { targetOf } from './action-parts.ts'
import type { Conditions } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import type { StripeTarget } from './stripe-action.ts'
import { binary, constantsOf, fact, leaf, string, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

export const connectedAccountsSchema: z.ZodType<readonly string[], string[]> = listOf(
  z
    .string()
    .regex(
      /^acct_[A-Za-z0-9]{1,64}$/,
      'expected the id of a connected account such as acct_1NffrFeUfNV2Hib',
    ),
)

/** one of these accounts, in one part that an account can play in a request */
function oneOf({
  field,
  predicate,
  member,
  words,
}: {
  readonly field: 'destinations' | 'accounts'
  readonly predicate: string
  readonly member: 'destination' | 'account'
  readonly words: { readonly of: string; readonly none: string; readonly it: string }
}): Constraint {
  const idIn = (target: StripeTarget | undefined): string | undefined => target?.[member]
  const wordsOf = (ids: readonly string[]): string => `${words.of} ${list(ids.map(name), 'or')}`
  return constraint<readonly string[]>({
    name: field,
    predicate,
    get: (conditions) => conditions[field],
    set: (conditions, value): Conditions => ({ ...conditions, [field]: value }),
    caveat: (value) => leaf(predicate, (id) => binary(stringSet(value), 'contains', id)),
    decompile: (query) => stringsOf(constantsOf(query)[0]),
    permits: (value, action) => {
      const id = idIn(targetOf(action))
      return id !== undefined && value.includes(id)
    },
    subsumes: (wider, narrower) => narrower.every((id) => wider.includes(id)),
    phrase: wordsOf,
    explain: (value, action) => {
      const id = idIn(targetOf(action))
      return {
        refused: id === undefined ? words.none : `${words.it} ${name(id)}`,
        allowed: `only ${wordsOf(value)}`,
      }
    },
    assert: (action) => {
      const id = idIn(targetOf(action))
      return id === undefined ? undefined : fact(predicate, string(id))
    },
  })
}

/** where money goes; an account that nobody has named gets none */
export const destinations: Constraint = oneOf({
  field: 'destinations',
  predicate: 'destination',
  member: 'destination',
  words: {
    of: 'to the account',
    none: 'this goes to no connected account',
    it: 'this goes to the account',
  },
})

/** whose settings are changed */
export const accounts: Constraint = oneOf({
  field: 'accounts',
  predicate: 'account',
  member: 'account',
  words: {
    of: 'of the account',
    none: 'this is of no connected account',
    it: 'this is of the account',
  },
})
