import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendBlock } from '../../capabilities/token/attenuate.ts'
import { evaluate } from '../../capabilities/token/evaluate.ts'
import { mintToken } from '../../capabilities/token/mint.ts'
import type { Block, Fact } from '../../capabilities/token/syntax.ts'
import { granted, root, verified } from '../capabilities/token/builders.ts'
import { decideByLibrary } from '../capabilities/token/library.ts'
import { check, knownFact, laterBlock, names, requestFacts } from './token-arbitraries.ts'
import { expectReached, runs } from './runs.ts'

/** two readings of one rule, fed the same random tokens and facts */
function readings(later: readonly Block[], authority: Block, facts: readonly Fact[]) {
  const token = later.reduce(
    (text, block) => appendBlock(text, block).token,
    mintToken(authority, root).token,
  )
  return { ours: evaluate(verified(token), facts), library: decideByLibrary(token, facts) }
}

test('with one fact per name our evaluator and the library decide alike', () => {
  const seen = { allow: 0, deny: 0, error: 0 }
  fc.assert(
    fc.property(
      fc.uniqueArray(knownFact, { selector: ({ name }) => name, maxLength: names.length }),
      fc.array(check, { maxLength: 3 }),
      fc.array(fc.array(check, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
      requestFacts,
      (facts, checks, later, [operation]) => {
        const { ours, library } = readings(
          later.map((one) => ({ facts: [], checks: one })),
          { facts: granted, checks },
          [...(operation === undefined ? [] : [operation]), ...facts],
        )
        seen[library]++
        expect(ours.allowed).toBe(library === 'allow')
        // the library reports an error anywhere, we report the first check that denies: either way it is refused
        if (!ours.allowed && ours.denial.reason === 'execution') expect(library).toBe('error')
      },
    ),
    runs(600),
  )
  // the generators are worth something only when they reach every outcome
  expectReached(seen)
})

test('with several facts per name, what we allow the library allows, and what a caveat denies it does not', () => {
  fc.assert(
    fc.property(
      fc.array(knownFact, { maxLength: 3 }),
      fc.array(check, { maxLength: 2 }),
      fc.array(laterBlock, { maxLength: 3 }),
      requestFacts,
      (facts, checks, later, request) => {
        const { ours, library } = readings(
          later,
          { facts: [...granted, ...facts], checks },
          request,
        )
        if (ours.allowed) expect(library).toBe('allow')
        else if (ours.denial.reason !== 'execution') expect(library).not.toBe('allow')
      },
    ),
    runs(400),
  )
})
