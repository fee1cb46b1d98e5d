import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from '../../capabilities/token/block.ts'
import { evaluate } from '../../capabilities/token/evaluate.ts'
import { mintToken } from '../../capabilities/token/mint.ts'
import { printFact } from '../../capabilities/token/print.ts'
import { SymbolTable } from '../../capabilities/token/symbols.ts'
import type { Fact, Value } from '../../capabilities/token/syntax.ts'
import { granted, root, verified } from '../capabilities/token/builders.ts'
import { buildToken, GRANTED, isAcceptedByLibrary } from '../capabilities/token/library.ts'
import { anyFact, check, laterBlock } from './token-arbitraries.ts'
import { runs } from './runs.ts'

/** Datalog text takes `{true}` for a parameter */
const isLoneBoolean = (value: Value): boolean =>
  value.type === 'set' && value.value.length === 1 && value.value[0]?.type === 'boolean'

const block = fc.record({
  facts: fc.array(anyFact, { maxLength: 6 }),
  checks: fc.array(check, { maxLength: 3 }),
})

test('a block decodes to the tree it was encoded from, also after other blocks', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 3 }), (blocks) => {
      const writing = new SymbolTable()
      const payloads = blocks.map((one) => encodeBlock(one, writing))
      const reading = new SymbolTable()
      expect(payloads.map((payload) => decodeBlock(payload, reading))).toEqual(blocks)
    }),
    runs(1500),
  )
})

test('what we mint the library accepts', () => {
  fc.assert(
    fc.property(block, ({ facts, checks }) => {
      const named = facts.filter(({ name }) => !granted.some((one) => one.name === name))
      const { token } = mintToken({ facts: [...granted, ...named], checks }, root)
      expect(isAcceptedByLibrary(token)).toBe(true)
    }),
    runs(300),
  )
})

test('a fact that we print the library reads back as the same', () => {
  fc.assert(
    fc.property(fc.array(anyFact, { maxLength: 6 }), (facts) => {
      const named = facts.filter(
        (one) => !granted.some(({ name }) => name === one.name) && !one.terms.some(isLoneBoolean),
      )
      const source = named.map((one) => `${printFact(one)};`).join(' ')
      const [compiled] = verified(buildToken(`${GRANTED} ${source}`)).blocks
      expect(compiled?.facts).toEqual([...granted, ...named])
    }),
    runs(300),
  )
})

test('the evaluator answers whatever it is asked, without an exception', () => {
  const oddValue: fc.Arbitrary<Value> = fc.oneof(
    fc.double().map((value): Value => ({ type: 'integer', value })),
    fc.double().map((value): Value => ({ type: 'date', value })),
    fc
      .string({
        unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      })
      .map((value): Value => ({ type: 'string', value })),
    fc.boolean().map((value): Value => ({ type: 'boolean', value })),
    fc
      .array(
        fc.oneof(
          fc.string().map((value) => ({ type: 'string', value }) as const),
          fc.double().map((value) => ({ type: 'integer', value }) as const),
        ),
      )
      .map((value): Value => ({ type: 'set', value })),
  )
  const oddFact: fc.Arbitrary<Fact> = fc.record({
    name: fc.oneof(
      fc.constantFrom(
        'op',
        'right',
        'grant',
        'word',
        'words',
        'count',
        'pair',
        '__proto__',
        'constructor',
        '',
      ),
      fc.string(),
    ),
    terms: fc.array(oddValue, { maxLength: 3 }),
  })
  fc.assert(
    fc.property(laterBlock, fc.array(oddFact, { maxLength: 8 }), ({ facts, checks }, request) => {
      const token = verified(mintToken({ facts: [...granted, ...facts], checks }, root).token)
      expect(typeof evaluate(token, request).allowed).toBe('boolean')
      expect(
        typeof evaluate(token, [
          ...request,
          { name: 'op', terms: [{ type: 'string', value: 'mail.read' }] },
        ]).allowed,
      ).toBe('boolean')
    }),
    runs(800),
  )
})
