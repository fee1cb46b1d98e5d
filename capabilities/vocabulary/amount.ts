import { z } from 'zod'
import type { Block } from '../token/syntax.ts'
import { targetOf } from './action-parts.ts'
import type { Amount } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import { moneyWords } from './money.ts'
import { binary, constantsOf, fact, integer, predicate, string, variable } from './terms.ts'

export const currencySchema: z.ZodType<string, string> = z
  .string()
  .regex(/^[A-Za-z]{3}$/, 'expected a currency such as usd')
  .transform((text) => text.toLowerCase())

export const amountSchema: z.ZodType<Amount> = z.strictObject({
  currency: currencySchema,
  max: z.int().min(1),
})

/** the most that one call may move, of one currency: another one has another fact, and no branch for it */
export const amount: Constraint = constraint<Amount>({
  name: 'amount',
  predicate: 'amount',
  get: (conditions) => conditions.amount,
  set: (conditions, value) => ({ ...conditions, amount: value }),
  caveat: ({ currency, max }) => {
    const moved = variable('amount')
    return {
      predicates: [predicate('amount', string(currency), moved)],
      expressions: [binary(moved, 'lessOrEqual', integer(max))],
    }
  },
  decompile: (query) => {
    const [currency, max] = constantsOf(query)
    if (currency?.type !== 'string' || max?.type !== 'integer') return undefined
    return { currency: currency.value, max: max.value }
  },
  permits: ({ currency, max }, action) => {
    const money = targetOf(action)?.money
    return money !== undefined && money.currency === currency && money.amount <= max
  },
  subsumes: (wider, narrower) => wider.currency === narrower.currency && narrower.max <= wider.max,
  phrase: ({ currency, max }) => `at most ${moneyWords(max, currency)} each time`,
  explain: ({ currency, max }, action) => {
    const money = targetOf(action)?.money
    const allowed = `at most ${moneyWords(max, currency)} each time`
    if (money === undefined) return { refused: 'nobody knows what this would move', allowed }
    return { refused: `this would move ${moneyWords(money.amount, money.currency)}`, allowed }
  },
  assert: (action) => {
    const money = targetOf(action)?.money
    return money && fact('amount', string(money.currency), integer(money.amount))
  },
})

/** the currencies that a token's checks speak of, in any block: what of a thing it covers is asked in these */
export function currenciesNamedIn(blocks: readonly Block[]): readonly string[] {
  const terms = blocks.flatMap(({ checks }) =>
    checks.flatMap(({ queries }) =>
      queries.flatMap(({ predicates }) =>
        predicates.flatMap((one) => (one.name === 'amount' ? one.terms.slice(0, 1) : [])),
      ),
    ),
  )
  return [...new Set(terms.flatMap((term) => (term.type === 'string' ? [term.value] : [])))]
}
