import { z } from 'zod'
import { targetOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

const MAX_PATHS = 32

/** paths as Stripe writes them, those of a list without their `data.`; an empty list is "nothing" */
export const expandSchema: z.ZodType<readonly string[], string[]> = z
  .array(
    z
      .string()
      .regex(
        /^(?!data\.)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}$/,
        'expected a path such as customer',
      ),
  )
  .max(MAX_PATHS)
  .transform((paths) => [...new Set(paths)].sort())

/** what is shown whole where Stripe otherwise shows an id */
export const expand: Constraint = constraint<readonly string[]>({
  name: 'expand',
  predicate: 'expansions',
  get: (conditions) => conditions.expand,
  set: (conditions, value) => ({ ...conditions, expand: value }),
  caveat: (value) => leaf('expansions', (paths) => binary(stringSet(value), 'contains', paths)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) =>
    targetOf(action)?.expansions?.every((path) => value.includes(path)) === true,
  subsumes: (wider, narrower) => narrower.every((path) => wider.includes(path)),
  phrase: wordsOf,
  explain: (value, action) => {
    const beyond = (targetOf(action)?.expansions ?? []).filter((path) => !value.includes(path))
    return {
      refused: `this asks for the linked ${list(beyond.map(name), 'and')}`,
      allowed: wordsOf(value),
    }
  },
  assert: (action) => {
    const paths = targetOf(action)?.expansions
    return paths && fact('expansions', stringSet(paths))
  },
})

function wordsOf(paths: readonly string[]): string {
  return paths.length === 0
    ? 'without what is only linked'
    : `together with the linked ${list(paths.map(name), 'and')}`
}
