import { z } from 'zod'
import { targetOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import { binary, constantsOf, fact, leaf, string, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

export const customersSchema: z.ZodType<readonly string[], string[]> = listOf(
  z
    .string()
    .regex(/^cus_[A-Za-z0-9_]{1,64}$/, 'expected the id of a customer such as cus_NffrFeUfNV2Hib'),
)

/** whose the thing is; what belongs to nobody belongs to none of them */
export const customers: Constraint = constraint<readonly string[]>({
  name: 'customers',
  predicate: 'customer',
  get: (conditions) => conditions.customers,
  set: (conditions, value) => ({ ...conditions, customers: value }),
  caveat: (value) => leaf('customer', (id) => binary(stringSet(value), 'contains', id)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) => {
    const id = targetOf(action)?.customer
    return id !== undefined && value.includes(id)
  },
  subsumes: (wider, narrower) => narrower.every((id) => wider.includes(id)),
  phrase: wordsOf,
  explain: (value, action) => {
    const id = targetOf(action)?.customer
    return {
      refused: id === undefined ? 'this is of no customer' : `this is of the customer ${name(id)}`,
      allowed: `only ${wordsOf(value)}`,
    }
  },
  assert: (action) => {
    const id = targetOf(action)?.customer
    return id === undefined ? undefined : fact('customer', string(id))
  },
})

function wordsOf(ids: readonly string[]): string {
  return `of the customer ${list(ids.map(name), 'or')}`
}
