/** one thing that a search asks, in the one spelling in which it goes to Stripe */
type Clause = string

export type ParsedQuery =
  | { readonly ok: true; readonly query: string }
  /** a sentence that may be shown to the agent */
  | { readonly ok: false; readonly problem: string }

const MAX_CLAUSES = 10
const CLAUSE =
  /^(?<not>-?)(?<field>[a-z_]+)(?:\[(?<quote>["'])(?<key>[A-Za-z0-9_.-]{1,40})\k<quote>\])?(?<operator>:|~|<=|>=|<|>)(?<value>"[^"\\\p{Cc}]{0,200}"|'[^'\\\p{Cc}]{0,200}'|-?\d{1,15}|null)(?=\s|$)/u
const AND = /^\s+(?:AND\s+)?/

/**
 * Stripe's search language, as far as it can be read in one way: clauses that must all hold, each about a field that is shown.
 * What could widen a search (`OR`) and what asks about hidden fields (an oracle, though each hit is decided again) is refused.
 */
export function parseSearchQuery(text: string, searchable: readonly string[]): ParsedQuery {
  const clauses: Clause[] = []
  let rest = text.trim()
  while (rest !== '') {
    if (clauses.length === MAX_CLAUSES) return fail(`at most ${MAX_CLAUSES} clauses`)
    const match = CLAUSE.exec(rest)
    if (match?.groups === undefined) return fail(problemAt(rest))
    const { not = '', field = '', key, operator = '', value = '' } = match.groups
    if (!searchable.includes(field)) {
      return fail(`\`${field}\` cannot be searched by: use ${searchable.join(', ')}`)
    }
    if ((field === 'metadata') !== (key !== undefined)) {
      return fail('name a key of metadata, and of nothing else: metadata["order"]:"12"')
    }
    const name = key === undefined ? field : `${field}["${key}"]`
    clauses.push(`${not}${name}${operator}${canonical(value)}`)
    rest = rest.slice(match[0].length)
    if (rest === '') break
    const joint = AND.exec(rest)
    if (joint === null) return fail(problemAt(rest))
    rest = rest.slice(joint[0].length)
    if (rest === '') return fail('a clause is missing after AND')
  }
  return clauses.length === 0
    ? fail('say what to search for')
    : { ok: true, query: clauses.join(' AND ') }
}

function canonical(value: string): string {
  const isQuoted = value.startsWith('"') || value.startsWith("'")
  if (!isQuoted) return value
  const inner = value.slice(1, -1)
  return inner.includes('"') ? `'${inner}'` : `"${inner}"`
}

function problemAt(rest: string): string {
  if (/^(?:OR\b|\(|\))/.test(rest.trimStart())) {
    return 'clauses are joined by AND only, without parentheses: search twice instead'
  }
  return 'expected clauses such as customer:"cus_1" AND created>1700000000'
}

function fail(problem: string): ParsedQuery {
  return { ok: false, problem }
}
