import { z } from 'zod'
import type { Action } from './action.ts'
import { targetOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import { binary, constantsOf, fact, leaf, string, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

const accountId = z
  .string()
  .regex(
    /^acct_[A-Za-z0-9]{1,64}$/,
    'expected the id of a connected account such as acct_1NffrFeUfNV2Hib',
  )

export const destinationsSchema: z.ZodType<readonly string[], string[]> = listOf(accountId)

/** an empty list is "none that is connected" */
export const accountsSchema: z.ZodType<readonly string[], string[]> = z
  .array(accountId)
  .max(64)
  .transform((ids) => [...new Set(ids)].sort())

/** where money goes; an account that nobody has named gets none */
export const destinations: Constraint = constraint<readonly string[]>({
  name: 'destinations',
  predicate: 'destination',
  get: (conditions) => conditions.destinations,
  set: (conditions, value) => ({ ...conditions, destinations: value }),
  caveat: (value) => leaf('destination', (id) => binary(stringSet(value), 'contains', id)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) => {
    const id = targetOf(action)?.destination
    return id !== undefined && value.includes(id)
  },
  subsumes: isWithin,
  phrase: destinationWords,
  explain: (value, action) => {
    const id = targetOf(action)?.destination
    return {
      refused:
        id === undefined
          ? 'this goes to no connected account'
          : `this goes to the account ${name(id)}`,
      allowed: `only ${destinationWords(value)}`,
    }
  },
  assert: (action) => {
    const id = targetOf(action)?.destination
    return id === undefined ? undefined : fact('destination', string(id))
  },
})

function destinationWords(ids: readonly string[]): string {
  return `to the account ${list(ids.map(name), 'or')}`
}

/** no account of Stripe's has this for an id */
const OWN = 'own'

/**
 * Whose account a request is about: one that is connected to the platform's, or the platform's own, which is what an empty list
 * says and what a grant says that says nothing. Always asserted, so that no token reaches another account by leaving it out.
 */
export const accounts: Constraint = constraint<readonly string[]>({
  name: 'accounts',
  predicate: 'account',
  get: (conditions) => conditions.accounts,
  set: (conditions, value) => ({ ...conditions, accounts: value }),
  caveat: (value) => leaf('account', (id) => binary(stringSet(named(value)), 'contains', id)),
  decompile: (query) => {
    const ids = stringsOf(constantsOf(query)[0])
    return ids?.join() === OWN ? [] : ids
  },
  permits: (value, action) => named(value).includes(accountOf(action)),
  subsumes: (wider, narrower) => isWithin(named(wider), named(narrower)),
  phrase: accountWords,
  explain: (value, action) => {
    const id = targetOf(action)?.account
    return {
      refused:
        id === undefined ? 'this is of your own account' : `this is of the account ${name(id)}`,
      allowed: `only ${accountWords(value)}`,
    }
  },
  assert: (action) =>
    targetOf(action) === undefined ? undefined : fact('account', string(accountOf(action))),
})

function named(ids: readonly string[]): readonly string[] {
  return ids.length === 0 ? [OWN] : ids
}

function accountOf(action: Action): string {
  return targetOf(action)?.account ?? OWN
}

function accountWords(ids: readonly string[]): string {
  return ids.length === 0
    ? 'of your own account'
    : `of the connected account ${list(ids.map(name), 'or')}`
}

function isWithin(wider: readonly string[], narrower: readonly string[]): boolean {
  return narrower.every((id) => wider.includes(id))
}
