import { crmOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import {
  binary,
  constantsOf,
  fact,
  integer,
  leaf,
  lengthOf,
  stringSet,
  stringsOf,
} from './terms.ts'
import { list } from './words.ts'

/** a member of one of the lists, as HubSpot says at the time of the call; nobody looked: of none */
export const whereList: Constraint = constraint<readonly string[]>({
  name: 'where.list',
  predicate: 'record_lists',
  get: ({ where }) => where?.list,
  set: (conditions, value) => ({ ...conditions, where: { ...conditions.where, list: value } }),
  caveat: (value) =>
    leaf('record_lists', (held) =>
      binary(lengthOf(binary(held, 'intersection', stringSet(value))), 'greaterThan', integer(0)),
    ),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) => {
    const held = crmOf(action)?.record?.lists
    return held !== undefined && value.some((id) => held.includes(id))
  },
  subsumes: (wider, narrower) => narrower.every((id) => wider.includes(id)),
  phrase: wordsOf,
  explain: (value) => ({
    refused: 'this record is not on the list',
    allowed: `only records ${wordsOf(value)}`,
  }),
  assert: (action) => {
    const held = crmOf(action)?.record?.lists
    return held && fact('record_lists', stringSet(held))
  },
})

function wordsOf(ids: readonly string[]): string {
  return `on the list ${list(ids, 'or')}`
}
