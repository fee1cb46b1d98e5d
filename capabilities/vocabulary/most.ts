import { z } from 'zod'
import { crmOf } from './action-parts.ts'
import type { Action } from './action.ts'
import type { Conditions } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import { binary, constantsOf, fact, integer, leaf } from './terms.ts'

/** HubSpot's own bound of what a search shows */
export const maxResultsSchema: z.ZodType<number> = z.int().min(1).max(10_000)
/** HubSpot's own bound of a batch */
export const batchMaxSchema: z.ZodType<number> = z.int().min(1).max(100)

/** how far into its rows a search may go, page after page */
export const maxResults: Constraint = atMost({
  name: 'max_results',
  predicate: 'search_results',
  of: (action) => crmOf(action)?.maxResults,
  words: (max) => `no further than the first ${max === 1 ? 'result' : `${max} results`}`,
  refused: 'this search goes further',
})

/** how many records one call may write; each of them is decided and counted as if it came alone */
export const batchMax: Constraint = atMost({
  name: 'batch_max',
  predicate: 'batch_size',
  of: (action) => crmOf(action)?.inputs,
  words: (max) => (max === 1 ? 'one at a time' : `at most ${max} at a time`),
  refused: 'this call is about more records',
})

interface Most {
  readonly name: 'max_results' | 'batch_max'
  readonly predicate: string
  readonly of: (action: Action) => number | undefined
  readonly words: (max: number) => string
  readonly refused: string
}

function atMost({ name, predicate, of, words, refused }: Most): Constraint {
  return constraint<number>({
    name,
    predicate,
    get: (conditions) => conditions[name],
    set: (conditions, value): Conditions => ({ ...conditions, [name]: value }),
    caveat: (value) => leaf(predicate, (asked) => binary(asked, 'lessOrEqual', integer(value))),
    decompile: (query) => {
      const [max] = constantsOf(query)
      return max?.type === 'integer' ? max.value : undefined
    },
    permits: (value, action) => {
      const asked = of(action)
      return asked !== undefined && asked <= value
    },
    subsumes: (wider, narrower) => narrower <= wider,
    phrase: words,
    explain: (value) => ({ refused, allowed: words(value) }),
    assert: (action) => {
      const asked = of(action)
      return asked === undefined ? undefined : fact(predicate, integer(asked))
    },
  })
}
