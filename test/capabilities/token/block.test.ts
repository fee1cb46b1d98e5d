import { describe, expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from '../../../capabilities/token/block.ts'
import { mintToken } from '../../../capabilities/token/mint.ts'
import { readMessage } from '../../../capabilities/token/protobuf.ts'
import { SymbolTable } from '../../../capabilities/token/symbols.ts'
import type { Block, Check, Term } from '../../../capabilities/token/syntax.ts'
import { binary, block, boolean, branch, check, date, fact, granted, integer } from './builders.ts'
import {
  predicate,
  root,
  set,
  string,
  strings,
  term,
  unary,
  variable,
  verified,
} from './builders.ts'
import { appendSource, buildToken, GRANTED, readByLibrary } from './library.ts'

const decode = (payload: Uint8Array): Block => decodeBlock(payload, new SymbolTable())

const everything = block(
  [
    ...granted,
    fact('many', string('ü"\\\n'), integer(-5), boolean(false), date(1_700_000_000)),
    fact('sets', strings('b', 'a', 'query'), set(integer(-1), integer(2)), set()),
    fact('more', set(date(1), date(2)), set(boolean(false), boolean(true))),
    fact('edges', integer(Number.MAX_SAFE_INTEGER), integer(Number.MIN_SAFE_INTEGER), date(0)),
  ],
  check(
    branch([predicate('op', string('mail.read')), predicate('a', variable('x'), variable('x'))]),
    branch(
      [predicate('f', variable('v')), predicate('g', variable('w'))],
      binary(variable('v'), 'lessThan', variable('w')),
      binary(variable('v'), 'greaterThan', integer(1)),
      binary(variable('v'), 'lessOrEqual', date(2)),
      binary(variable('v'), 'greaterOrEqual', integer(-3)),
      binary(variable('v'), 'equal', string('read')),
      binary(variable('v'), 'contains', strings('a')),
      binary(string('abc'), 'prefix', variable('v')),
      binary(string('abc'), 'suffix', variable('v')),
      [...unary(variable('v'), 'length'), term(integer(3)), { type: 'binary', operator: 'equal' }],
      [
        ...binary(variable('v'), 'intersection', set(integer(1))),
        ...binary(variable('v'), 'union', set(integer(1))),
        { type: 'binary', operator: 'equal' },
      ],
      [
        ...binary(integer(1), 'lessThan', integer(2)),
        { type: 'unary', operator: 'parens' },
        ...binary(integer(1), 'lessThan', integer(2)),
        { type: 'binary', operator: 'or' },
        term(boolean(true)),
        { type: 'binary', operator: 'and' },
      ],
    ),
  ),
)

describe('encoding', () => {
  test('decodes to the tree it was made from', () => {
    expect(decode(encodeBlock(everything, new SymbolTable()))).toEqual(everything)
  })

  test('is read by the library as what it says', () => {
    const [source] = readByLibrary(mintToken(everything, root).token).sources
    expect(source).toContain('{"query", "a", "b"}')
    expect(source).toContain('edges(9007199254740991, -9007199254740991, 1970-01-01T00:00:00Z)')
    expect(source).toContain('$v.intersection({1}) === $v.union({1})')
    expect(source).toContain('(1 < 2) ||! 1 < 2 &&! true')
  })

  test('writes the version that its content needs and no higher', () => {
    const lenient = check(
      branch(
        [predicate('f', variable('v'))],
        binary(variable('v'), 'heterogeneousEqual', integer(1)),
      ),
    )
    const version = (...checks: Check[]): bigint =>
      readMessage(encodeBlock(block([], ...checks), new SymbolTable()), 'block', {
        1: 'bytes',
        3: 'varint',
        6: 'bytes',
      }).varint(3)
    expect(version()).toBe(3n)
    expect(version(...everything.checks)).toBe(3n)
    expect(version(lenient)).toBe(6n)
    expect(decode(encodeBlock(block([], lenient), new SymbolTable()))).toEqual(block([], lenient))
    expect(verified(mintToken(block(granted, lenient), root).token).blocks[0]?.checks).toEqual([
      lenient,
    ])
  })

  test.each<[string, Term]>([
    ['a lone surrogate', string('\ud800')],
    ['a fraction', integer(0.5)],
    ['NaN', integer(NaN)],
    ['an integer beyond 2^53', integer(2 ** 53)],
    ['a date before 1970', date(-1)],
    ['a date after 9999', date(253_402_300_800)],
    ['a set of several types', set(integer(1), string('a'))],
    ['a set with a repeated member', set(integer(1), integer(1))],
  ])('refuses %s rather than sign something else', (_, value) => {
    if (value.type === 'variable') throw new Error('a value is needed')
    expect(() => mintToken(block([...granted, fact('f', value)]), root)).toThrow(
      expect.objectContaining({ code: 'invalid_block' }),
    )
  })
})

test('no block is written that trusts two keys', () => {
  const trusting = ['07'.repeat(32), '08'.repeat(32)].map((key) => ({
    ...branch([predicate('op', string('mail.read'))]),
    trusting: key,
  }))
  expect(() => encodeBlock(block([], check(...trusting)), new SymbolTable())).toThrow(
    expect.objectContaining({ code: 'invalid_block' }),
  )
})

describe('what the library compiles', () => {
  const source = `${GRANTED}
    check if time($t), $t <= 2030-01-01T00:00:00Z or f({1, 2}), g({,}), h({"x", "a"}, -7, true);
    check if f($a), g($b), $a.contains($b), $b.contains("x"), $a.union($b) === $a, ($a.length() > 2);
    check if s($s), $s.starts_with("a"), $s.ends_with("é"), $s == "aé";`

  test('decodes, and encodes back to a block with the same meaning', () => {
    const tree = verified(buildToken(source)).blocks[0]
    if (tree === undefined) throw new Error('no block')
    expect(tree.facts).toEqual(granted)
    expect(decode(encodeBlock(tree, new SymbolTable()))).toEqual(tree)
    const ours = readByLibrary(mintToken(tree, root).token).sources
    expect(ours).toEqual(readByLibrary(buildToken(source)).sources)
  })

  test('shares one symbol table over all first-party blocks', () => {
    const later = 'check if op("mail.read"), fresh("shared"); note("shared");'
    const text = appendSource(appendSource(buildToken(GRANTED), later), later)
    expect(verified(text).blocks[2]).toEqual(verified(text).blocks[1])
  })
})
