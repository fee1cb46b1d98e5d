import { invalid } from './errors.ts'
import { demand, integer, text } from './kinds.ts'
import { route, type Route } from './route.ts'
import type { Row } from './row.ts'

/** how a field may be asked: a `string` also by a part of it, a `numeric` also by order */
type FieldType = 'string' | 'token' | 'numeric'
type Fields = Readonly<Record<string, FieldType>>

interface Clause {
  readonly isNegated: boolean
  readonly field: string
  readonly key: string | undefined
  readonly operator: string
  readonly value: string | null
}

/** `GET /v1/{resource}/search`. Stricter than the real one: nothing is found late, and a page belongs to its query */
export function searchRoute(resource: string, fields: Fields): Route {
  const spec = { query: text, limit: integer(1, 100), page: text } as const
  return route('GET', `/v1/${resource}/search`, spec, ({ shop, path, params }) => {
    const query = demand(params.query, 'query')
    const holds = compile(query, { ...fields, created: 'numeric' })
    const found = shop.rows(resource).filter(holds)
    const { limit = 10 } = params
    const from = params.page === undefined ? 0 : readPage(params.page, query)
    const end = from + limit
    return {
      object: 'search_result',
      url: path,
      has_more: end < found.length,
      next_page: end < found.length ? toPage(end, query) : null,
      data: found.slice(from, end),
      total_count: found.length,
    }
  })
}

function toPage(from: number, query: string): string {
  return Buffer.from(JSON.stringify([from, query])).toString('base64url')
}

function readPage(page: string, query: string): number {
  try {
    const [from, of] = JSON.parse(Buffer.from(page, 'base64url').toString()) as [number, string]
    if (of === query && Number.isInteger(from)) return from
  } catch {
    // said below
  }
  throw invalid('Invalid page', 'parameter_invalid', 'page')
}

function compile(query: string, fields: Fields): (row: Row) => boolean {
  const clauses: Clause[] = []
  const joins = new Set<string>()
  let rest = query.trim()
  while (rest !== '') {
    if (clauses.length > 0) {
      const join = /^(AND|OR)\s+/i.exec(rest)
      joins.add(join?.[1]?.toUpperCase() ?? 'AND')
      rest = rest.slice(join?.[0].length ?? 0)
    }
    const match = CLAUSE.exec(rest)
    if (match === null) throw unreadable(rest)
    clauses.push(toClause(match, fields))
    rest = rest.slice(match[0].length)
    if (rest !== '' && !/^\s/.test(rest)) throw unreadable(rest)
    rest = rest.trimStart()
  }
  if (clauses.length === 0) throw unreadable(query)
  if (clauses.length > 10) throw invalid('A query has at most 10 clauses', undefined, 'query')
  if (joins.size > 1) {
    throw invalid('You cannot combine AND and OR in one query', undefined, 'query')
  }
  return joins.has('OR')
    ? (row) => clauses.some((clause) => holds(row, clause))
    : (row) => clauses.every((clause) => holds(row, clause))
}

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`
const CLAUSE = new RegExp(
  String.raw`^(-?)([a-z_][a-z0-9_.]*)(?:\[(${QUOTED})\])?(:|~|>=|<=|>|<)(${QUOTED}|-?\d+|null|true|false)`,
)

function toClause(
  [, minus, field = '', key, operator = '', value = '']: RegExpExecArray,
  fields: Fields,
): Clause {
  const clause = {
    isNegated: minus === '-',
    field,
    key: key === undefined ? undefined : unquote(key),
    operator,
    value: value === 'null' ? null : unquote(value),
  }
  const type = field === 'metadata' && key !== undefined ? 'string' : fields[field]
  if (type === undefined || (field !== 'metadata' && key !== undefined)) {
    throw invalid(`Field \`${field}\` is an unsupported search field`, undefined, 'query')
  }
  const allowed = { string: [':', '~'], token: [':'], numeric: [':', '>', '<', '>=', '<='] }[type]
  if (!allowed.includes(operator)) {
    throw invalid(`Operator \`${operator}\` does not fit \`${field}\``, undefined, 'query')
  }
  if (operator === '~' && (clause.value?.length ?? 0) < 3) {
    throw invalid('A part to search for has at least 3 letters', undefined, 'query')
  }
  return clause
}

function unquote(text: string): string {
  return /^["']/.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text
}

function holds(row: Row, { isNegated, field, key, operator, value }: Clause): boolean {
  let found: unknown = row
  for (const name of [...field.split('.'), ...(key === undefined ? [] : [key])]) {
    found = (found as Record<string, unknown> | null | undefined)?.[name]
  }
  return compare(found, operator, value) !== isNegated
}

function compare(found: unknown, operator: string, value: string | null): boolean {
  if (value === null) return found === undefined || found === null
  if (found === undefined || found === null) return false
  const said = String(found as string | number | boolean).toLowerCase()
  switch (operator) {
    case '~':
      return said.includes(value.toLowerCase())
    case '>':
      return Number(found) > Number(value)
    case '<':
      return Number(found) < Number(value)
    case '>=':
      return Number(found) >= Number(value)
    case '<=':
      return Number(found) <= Number(value)
    default:
      return said === value.toLowerCase()
  }
}

function unreadable(rest: string): Error {
  return invalid(`We were unable to parse your search query at: ${rest}`, undefined, 'query')
}
