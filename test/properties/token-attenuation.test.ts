import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendBlock } from '../../capabilities/token/attenuate.ts'
import { evaluate } from '../../capabilities/token/evaluate.ts'
import { mintToken } from '../../capabilities/token/mint.ts'
import { prepare } from '../../capabilities/token/program.ts'
import { verifyToken } from '../../capabilities/token/verify.ts'
import { granted, root, rootKeys, verified } from '../capabilities/token/builders.ts'
import { appendSource } from '../capabilities/token/library.ts'
import { check, knownFact, laterBlock, requestFacts } from './token-arbitraries.ts'
import { expectReached, runs } from './runs.ts'

const authority = fc.record({
  facts: fc.array(knownFact, { maxLength: 3 }).map((facts) => [...granted, ...facts]),
  checks: fc.array(check, { maxLength: 2 }),
})

test('no appended block turns a denial into an allowance', () => {
  let allowedBefore = 0
  fc.assert(
    fc.property(
      authority,
      fc.array(laterBlock, { minLength: 1, maxLength: 3 }),
      requestFacts,
      (block, later, facts) => {
        let { token } = mintToken(block, root)
        let before = evaluate(verified(token), facts).allowed
        if (before) allowedBefore++
        for (const next of later) {
          token = appendBlock(token, next).token
          const after = evaluate(verified(token), facts).allowed
          if (!before) expect(after).toBe(false)
          before = after
        }
      },
    ),
    runs(400),
  )
  expectReached({ allowedBefore })
})

test('no appended block does so either when many are tried, signatures aside', () => {
  const seen = { denied: 0, allowed: 0, narrowed: 0 }
  fc.assert(
    fc.property(
      authority,
      fc.array(laterBlock, { minLength: 1, maxLength: 3 }),
      requestFacts,
      (block, later, facts) => {
        const before = evaluate({ program: prepare([block]) }, facts).allowed
        const after = evaluate({ program: prepare([block, ...later]) }, facts).allowed
        seen[before ? (after ? 'allowed' : 'narrowed') : 'denied']++
        if (!before) expect(after).toBe(false)
      },
    ),
    runs(8000),
  )
  expectReached(seen)
})

test('no block that the library can compile does so either: it is refused, or it narrows', () => {
  const hostile = fc.constantFrom(
    'right("mail.delete");',
    'grant("g_2");',
    'op("mail.delete");',
    'right($x) <- op($x);',
    'grant($x) <- op($x);',
    'note("x"); check if note("x");',
    'check all op($o), $o.contains("m");',
    'reject if absent("x");',
    'check if right($r) trusting previous;',
    'check if true;',
    'check if op("mail.delete") or op("mail.read");',
    'check if op($o), !false;',
    'check if op($o), {1, 2}.all($x -> $x > 0);',
  )
  const operations = ['mail.read', 'mail.delete'].map((name) => [
    { name: 'op', terms: [{ type: 'string', value: name } as const] },
  ])
  const { token } = mintToken({ facts: granted, checks: [] }, root)
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 3 }), (sources) => {
      const result = verifyToken(sources.reduce(appendSource, token), rootKeys)
      if (!result.ok) return
      for (const facts of operations) {
        const wider = evaluate(result.token, facts).allowed
        expect(wider && !evaluate(verified(token), facts).allowed).toBe(false)
      }
    }),
    runs(200),
  )
})

test('the order of independent checks and of facts does not matter', () => {
  fc.assert(
    fc.property(authority, requestFacts, (block, facts) => {
      const turned = { facts: block.facts.toReversed(), checks: block.checks.toReversed() }
      const decide = (one: typeof block, request: typeof facts): boolean =>
        evaluate(verified(mintToken(one, root).token), request).allowed
      expect(decide(turned, facts.toReversed())).toBe(decide(block, facts))
    }),
    runs(300),
  )
})
