import { invalid } from './refusal.ts'
import { expansions, type Row, type Shop } from './shop.ts'

const CLAUSE =
  /^(-?)([a-z_]+)(?:\[(["'])(.+?)\3\])?(:|~|<=|>=|<|>)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+|null)\s*/

/** Stripe's search, as its documentation has it: clauses joined by AND or by OR, never both; a total when it is asked for */
export function search(shop: Shop, resource: string, query: URLSearchParams): unknown {
  const matches = parse(query.get('query') ?? '')
  const hits = shop.rows(resource).filter(matches)
  const limit = Number(query.get('limit') ?? 10)
  const page = query.get('page')
  const start = page === null ? 0 : Number(Buffer.from(page, 'base64url').toString())
  if (!Number.isInteger(start)) throw invalid('parameter_invalid', 'Invalid page')
  const end = start + limit
  const paths = expansions(query).map((path) => path.replace(/^data\./, ''))
  return {
    object: 'search_result',
    url: `/v1/${resource}/search`,
    has_more: end < hits.length,
    next_page: end < hits.length ? Buffer.from(String(end)).toString('base64url') : null,
    total_count: hits.length,
    data: hits.slice(start, end).map((row) => shop.expand(row, paths)),
  }
}

type Matches = (row: Row) => boolean

function parse(text: string): Matches {
  const clauses: Matches[] = []
  const joints = new Set<string>()
  let rest = text.trim()
  while (rest !== '') {
    const match = CLAUSE.exec(rest)
    if (match === null) throw invalid('search_query_invalid', `Could not parse: ${rest}`)
    const [whole, not, field = '', , key, operator = '', value = ''] = match
    clauses.push((row) => holds(row, field, key, operator, value) !== (not === '-'))
    rest = rest.slice(whole.length)
    const joint = /^(AND|OR)\s+/i.exec(rest)
    if (joint !== null) rest = rest.slice(joint[0].length)
    if (rest !== '') joints.add((joint?.[1] ?? 'AND').toUpperCase())
  }
  if (clauses.length === 0 || joints.size > 1) {
    throw invalid('search_query_invalid', 'Combine clauses with AND or with OR')
  }
  return joints.has('OR')
    ? (row) => clauses.some((one) => one(row))
    : (row) => clauses.every((one) => one(row))
}

function holds(
  row: Row,
  field: string,
  key: string | undefined,
  operator: string,
  quoted: string,
): boolean {
  const group = row[field] as Record<string, unknown> | undefined
  const found = key === undefined ? row[field] : group?.[key]
  if (quoted === 'null') return (found ?? null) === null
  const value = quoted.replace(/^["']|["']$/g, '')
  switch (operator) {
    case ':':
      return String(found).toLowerCase() === value.toLowerCase()
    case '~':
      return String(found).toLowerCase().includes(value.toLowerCase())
    case '<':
      return Number(found) < Number(value)
    case '<=':
      return Number(found) <= Number(value)
    case '>':
      return Number(found) > Number(value)
    default:
      return Number(found) >= Number(value)
  }
}
