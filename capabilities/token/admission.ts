import { RESERVED_FACTS } from '../vocabulary/reserved.ts'
import { decodeBlock, decodeThirdPartyBlock } from './block.ts'
import { assertDelegation } from './delegation.ts'
import type { ExternalSignature } from './envelope.ts'
import { inBlock, Refused } from './refusal.ts'
import { SymbolTable } from './symbols.ts'
import type { Block, Check, Expression, Fact, Predicate, Query, Term } from './syntax.ts'

/**
 * The admission profile: what a block may hold, however validly it is signed. A holder may attenuate freely inside it;
 * outside it lie tokens that spin a Datalog engine for minutes, exhaust its memory or mislead a reader.
 */
export const MAX_FACTS = 64
export const MAX_CHECKS = 32
export const MAX_BRANCHES = 24
export const MAX_PREDICATES = 32
export const MAX_EXPRESSIONS = 24
export const MAX_STEPS = 32
export const MAX_TERMS = 16
export const MAX_SET_MEMBERS = 256
/** bindings that one branch may make an evaluator try: the product over its predicates of the facts they can match */
const MAX_BRANCH_COST = 4096
/** the same, summed over the token: many cheap branches are as dear as one dear branch */
const MAX_TOKEN_COST = 16_384

export interface AdmittedBlocks {
  readonly blocks: readonly Block[]
  /** the token's strings, for whoever appends the next first-party block */
  readonly symbols: SymbolTable
}

/** a block as the envelope has it: its bytes, and whose words they are */
export interface BlockBytes {
  readonly payload: Uint8Array
  readonly external?: Pick<ExternalSignature, 'publicKey'>
}

/** block bytes, authority first, to syntax trees; throws `Refused` and nothing else */
export function admitBlocks(signed: readonly BlockBytes[]): AdmittedBlocks {
  const symbols = new SymbolTable()
  const blocks = signed.map((one, index) => inBlock(index, () => admitBlock(one, symbols, index)))
  const [authority] = blocks
  if (authority === undefined) throw new Refused('malformed', 'a token has at least one block')
  assertDelegation(blocks)
  assertAffordable(authority, blocks)
  return { blocks, symbols }
}

const reserved: ReadonlySet<string> = new Set(RESERVED_FACTS)

function admitBlock({ payload, external }: BlockBytes, symbols: SymbolTable, index: number): Block {
  const block =
    external === undefined
      ? decodeBlock(payload, symbols)
      : decodeThirdPartyBlock(payload, external.publicKey)
  assertAtMost(MAX_FACTS, block.facts.length, 'facts in a block')
  assertAtMost(MAX_CHECKS, block.checks.length, 'checks in a block')
  for (const fact of block.facts) {
    // a later block could satisfy its own checks with its own words, and a reader would believe them
    if (index > 0 && reserved.has(fact.name)) {
      throw new Refused('not_admitted', `only block 0 may assert \`${fact.name}\``)
    }
    assertTermBounds(fact.terms)
  }
  for (const check of block.checks) assertCheckBounds(check)
  return block
}

function assertCheckBounds(check: Check): void {
  if (check.queries.length === 0) throw new Refused('not_admitted', 'a check without branches')
  assertAtMost(MAX_BRANCHES, check.queries.length, 'branches in a check')
  for (const query of check.queries) {
    if (query.predicates.length + query.expressions.length === 0) {
      throw new Refused('not_admitted', 'an empty branch')
    }
    assertAtMost(MAX_PREDICATES, query.predicates.length, 'predicates in a branch')
    assertAtMost(MAX_EXPRESSIONS, query.expressions.length, 'expressions in a branch')
    for (const predicate of query.predicates) assertTermBounds(predicate.terms)
    const bound = variablesOf(query.predicates)
    for (const expression of query.expressions) assertExpression(expression, bound)
  }
}

function variablesOf(predicates: readonly Predicate[]): Set<string> {
  return new Set(
    predicates
      .flatMap((predicate) => predicate.terms)
      .flatMap((term) => (term.type === 'variable' ? [term.name] : [])),
  )
}

/** reverse Polish with exactly one result, over variables that some predicate binds */
function assertExpression(expression: Expression, bound: ReadonlySet<string>): void {
  assertAtMost(MAX_STEPS, expression.length, 'operations in an expression')
  let depth = 0
  for (const step of expression) {
    if (step.type === 'term') {
      if (step.term.type === 'variable' && !bound.has(step.term.name)) {
        throw new Refused('not_admitted', 'a variable that no predicate binds')
      }
      assertTermBounds([step.term])
    }
    const operands = { term: 0, unary: 1, binary: 2 }[step.type]
    if (depth < operands) throw new Refused('malformed', 'an operator lacks operands')
    depth += 1 - operands
  }
  if (depth !== 1) throw new Refused('malformed', 'an expression has exactly one result')
}

function assertTermBounds(terms: readonly Term[]): void {
  assertAtMost(MAX_TERMS, terms.length, 'terms in a predicate')
  for (const term of terms) {
    if (term.type === 'set') assertAtMost(MAX_SET_MEMBERS, term.value.length, 'members in a set')
  }
}

function assertAffordable(authority: Block, blocks: readonly Block[]): void {
  let total = 0
  blocks.forEach((block, index) => {
    const visible = index === 0 ? authority.facts : [...authority.facts, ...block.facts]
    // the one branch with a scope sees a delegation's fact more, and has two predicates
    const counts = countByName(visible)
    for (const query of block.checks.flatMap((check) => check.queries)) {
      const cost = costOf(query, counts)
      if (cost > MAX_BRANCH_COST) {
        throw new Refused('not_admitted', `block ${index}: a branch joins too many facts`)
      }
      total += cost
    }
  })
  if (total > MAX_TOKEN_COST) {
    throw new Refused('not_admitted', 'the checks together join too many facts')
  }
}

function countByName(facts: readonly Fact[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const fact of facts) counts.set(fact.name, (counts.get(fact.name) ?? 0) + 1)
  return counts
}

/** one more than the token's own facts: the request may assert one of the same name */
function costOf(query: Query, counts: ReadonlyMap<string, number>): number {
  return query.predicates.reduce((cost, { name }) => cost * ((counts.get(name) ?? 0) + 1), 1)
}

function assertAtMost(limit: number, count: number, what: string): void {
  if (count > limit) throw new Refused('not_admitted', `more than ${limit} ${what}`)
}
