import { z } from 'zod'
import { crmOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import { binary, constantsOf, fact, leaf, string, stringSet, stringsOf } from './terms.ts'
import { list } from './words.ts'

/** of records, owners and lists alike */
export const recordIdSchema: z.ZodType<string, string> = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,19})$/, 'expected an id as HubSpot gives it, a number in a string')

export const recordsSchema: z.ZodType<readonly string[], string[]> = listOf(recordIdSchema)

/** one of the listed records; what is not there yet is none of them */
export const records: Constraint = constraint<readonly string[]>({
  name: 'records',
  predicate: 'record_id',
  get: (conditions) => conditions.records,
  set: (conditions, value) => ({ ...conditions, records: value }),
  caveat: (value) => leaf('record_id', (id) => binary(stringSet(value), 'contains', id)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) => {
    const id = crmOf(action)?.record?.id
    return id !== undefined && value.includes(id)
  },
  subsumes: (wider, narrower) => narrower.every((id) => wider.includes(id)),
  phrase: wordsOf,
  // that another record is there is not for a denial to say
  explain: (value) => ({
    refused: 'this record is not among them',
    allowed: `only ${wordsOf(value)}`,
  }),
  assert: (action) => {
    const id = crmOf(action)?.record?.id
    return id === undefined ? undefined : fact('record_id', string(id))
  },
})

function wordsOf(ids: readonly string[]): string {
  return `with the id ${list(ids, 'or')}`
}
