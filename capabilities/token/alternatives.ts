import { findMatch, gatherRequest } from './match.ts'
import { FUEL } from './evaluate.ts'
import type { PreparedCheck, Program } from './program.ts'
import type { Check, Fact, Query } from './syntax.ts'

/** the branches of one check that hold, in their order */
export interface Alternatives {
  readonly block: number
  readonly check: number
  readonly source: Check
  readonly branches: readonly { readonly index: number; readonly query: Query }[]
}

/** how each check that speaks of the predicate could hold for these facts: one branch is enough, and the front chooses which */
export function findAlternatives(
  { program }: { readonly program: Program },
  facts: readonly Fact[],
  predicate: string,
): Alternatives[] {
  const request = gatherRequest(program, facts)
  const fuel = { left: FUEL }
  const branchesOf = (prepared: PreparedCheck): Alternatives['branches'] => {
    const world = { token: prepared.facts, request, fuel }
    return prepared.source.queries.flatMap((query, index) => {
      const branch = prepared.branches[index]
      return branch && findMatch(branch, world) === 'match' ? [{ index, query }] : []
    })
  }
  return program.checks
    .filter(({ source }) => speaksOf(source, predicate))
    .map((prepared) => {
      const { block, check, source } = prepared
      return { block, check, source, branches: branchesOf(prepared) }
    })
}

function speaksOf({ queries }: Check, predicate: string): boolean {
  return queries.some(({ predicates }) => predicates.some(({ name }) => name === predicate))
}
