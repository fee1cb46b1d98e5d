import type {
  Block,
  Check,
  Expression,
  ExpressionStep,
  Predicate,
  Query,
  Term,
  Value,
} from './syntax.ts'

/**
 * A token prepared for deciding many requests: names and variables are numbers, and the facts that a check can see in the
 * token itself are already gathered. Built once per verified token; nothing in it depends on a request.
 */
export interface Program {
  /** predicate name to its number; a request fact of any other name is of no interest to this token */
  readonly names: ReadonlyMap<string, number>
  readonly checks: readonly PreparedCheck[]
  /** what the policy `allow if op($o), right($o), grant($g)` sees in block 0 */
  readonly policy: Readonly<Record<'op' | 'right' | 'grant', number>>
  readonly authorityFacts: StaticFacts
}

/** token facts by name number; a name without facts has no entry */
export type StaticFacts = readonly (readonly Tuple[] | undefined)[]
export type Tuple = readonly Value[]

export interface PreparedCheck {
  readonly block: number
  readonly check: number
  readonly source: Check
  /** Biscuit's default scope: block 0, the block itself, and (at evaluation) the request */
  readonly facts: StaticFacts
  readonly branches: readonly PreparedBranch[]
}

export interface PreparedBranch {
  readonly slots: number
  readonly predicates: readonly PreparedPredicate[]
  readonly expressions: readonly PreparedExpression[]
  /** what a `trusting` branch sees in the token instead of the check's facts: its own block, and those that the key signed */
  readonly trusted: StaticFacts | undefined
  /** the constant of its `op("…")`, if it has one */
  readonly operation: string | undefined
}

export interface PreparedPredicate {
  readonly name: number
  readonly label: string
  readonly terms: readonly PreparedTerm[]
}

/** a constant, or the slot of a variable (constant undefined) */
interface PreparedTerm {
  readonly constant: Value | undefined
  readonly slot: number
  /** first sight of the variable in its branch: it takes the value, later sights compare with it */
  readonly binds: boolean
}

export interface PreparedExpression {
  readonly steps: readonly PreparedStep[]
  /** slots it reads, for naming the facts of a failed leaf */
  readonly slots: readonly number[]
}

type PreparedStep =
  | { readonly type: 'term'; readonly constant: Value | undefined; readonly slot: number }
  | Exclude<ExpressionStep, { type: 'term' }>

export function prepare(blocks: readonly Block[]): Program {
  const names = new Names()
  const [authority] = blocks
  const authorityFacts = gatherFacts(authority === undefined ? [] : [authority], names)
  const checks = blocks.flatMap((block, index) => {
    const visible = index === 0 || authority === undefined ? [block] : [authority, block]
    const facts = gatherFacts(visible, names)
    const trusted = (key: string): StaticFacts =>
      gatherFacts([block, ...blocks.filter((other) => isSignedBy(key, other, block))], names)
    return block.checks.map((check, position) => ({
      block: index,
      check: position,
      source: check,
      facts,
      branches: check.queries.map((query) => prepareBranch(query, names, trusted)),
    }))
  })
  const policy = { op: names.of('op'), right: names.of('right'), grant: names.of('grant') }
  return { names: names.all, checks, policy, authorityFacts }
}

function isSignedBy(key: string, block: Block, reader: Block): boolean {
  return block.signer === key && block !== reader
}

class Names {
  readonly all: Map<string, number> = new Map()

  of(name: string): number {
    const known = this.all.get(name)
    if (known !== undefined) return known
    this.all.set(name, this.all.size)
    return this.all.size - 1
  }
}

function gatherFacts(blocks: readonly Block[], names: Names): StaticFacts {
  const facts: Tuple[][] = []
  for (const fact of blocks.flatMap((block) => block.facts)) {
    const tuples = (facts[names.of(fact.name)] ??= [])
    tuples.push(fact.terms)
  }
  return facts
}

function prepareBranch(
  query: Query,
  names: Names,
  trusted: (key: string) => StaticFacts,
): PreparedBranch {
  const slots = new Names()
  const predicates = query.predicates.map((predicate) => ({
    name: names.of(predicate.name),
    label: predicate.name,
    terms: predicate.terms.map((term) => prepareTerm(term, slots)),
  }))
  const expressions = query.expressions.map((steps) => prepareExpression(steps, slots))
  return {
    slots: slots.all.size,
    predicates,
    expressions,
    trusted: query.trusting === undefined ? undefined : trusted(query.trusting),
    operation: findOperation(query.predicates),
  }
}

function prepareTerm(term: Term, slots: Names): PreparedTerm {
  if (term.type !== 'variable') return { constant: term, slot: -1, binds: false }
  const binds = !slots.all.has(term.name)
  return { constant: undefined, slot: slots.of(term.name), binds }
}

function prepareExpression(expression: Expression, slots: Names): PreparedExpression {
  const steps = expression.map((step): PreparedStep => {
    if (step.type !== 'term') return step
    const { constant, slot } = prepareTerm(step.term, slots)
    return { type: 'term', constant, slot }
  })
  const used = steps.flatMap((step) => (step.type === 'term' && step.slot >= 0 ? [step.slot] : []))
  return { steps, slots: [...new Set(used)] }
}

function findOperation(predicates: readonly Predicate[]): string | undefined {
  for (const { name, terms } of predicates) {
    const [term] = terms
    if (name === 'op' && terms.length === 1 && term?.type === 'string') return term.value
  }
  return undefined
}
