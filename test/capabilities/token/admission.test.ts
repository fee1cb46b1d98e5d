import { describe, expect, test } from 'vitest'
import * as bounds from '../../../capabilities/token/admission.ts'
import { encodeBlock } from '../../../capabilities/token/block.ts'
import { createEnvelope } from '../../../capabilities/token/signatures.ts'
import { appendBlock } from '../../../capabilities/token/attenuate.ts'
import { mintToken } from '../../../capabilities/token/mint.ts'
import { bytesField, varintField } from '../../../capabilities/token/protobuf.ts'
import { MAX_STRING_BYTES, MAX_SYMBOLS, SymbolTable } from '../../../capabilities/token/symbols.ts'
import { writeTokenText } from '../../../capabilities/token/token-text.ts'
import { RESERVED_FACTS } from '../../../capabilities/vocabulary/reserved.ts'
import type { Block, Expression, Fact, Predicate } from '../../../capabilities/token/syntax.ts'
import {
  binary,
  block,
  branch,
  check,
  fact,
  granted,
  integer,
  predicate,
  refusalOf,
} from './builders.ts'
import { root, set, signed, string, term, variable } from './builders.ts'
import {
  appendSource,
  buildToken,
  compile,
  compileLater,
  GRANTED,
  isAcceptedByLibrary,
} from './library.ts'

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** signed without asking admission, as a hostile holder would */
const signedTree = (authority: Block): string =>
  writeTokenText(createEnvelope(encodeBlock(authority, new SymbolTable()), root))

const numbers = (name: string, count: number): Fact[] =>
  times(count, (index) => fact(name, integer(index)))
const x = variable('x')
const fx = predicate('f', x)
const join = (count: number): Predicate[] =>
  times(count, (index) => predicate('f', variable(`v${index}`)))
const grant = granted.slice(0, 1)

describe('bounds: at the limit a token is admitted, one past it is not', () => {
  const bounded: [string, number, (count: number) => Block][] = [
    ['facts', bounds.MAX_FACTS, (n) => block([...grant, ...numbers('f', n - 1)])],
    ['checks', bounds.MAX_CHECKS, (n) => block(grant, ...times(n, () => check(branch([fx]))))],
    ['branches', bounds.MAX_BRANCHES, (n) => block(grant, check(...times(n, () => branch([fx]))))],
    ['predicates', bounds.MAX_PREDICATES, (n) => block(grant, check(branch(times(n, () => fx))))],
    [
      'expressions',
      bounds.MAX_EXPRESSIONS,
      (n) =>
        block(grant, check(branch([fx], ...times(n, () => binary(x, 'lessThan', integer(1)))))),
    ],
    ['steps', bounds.MAX_STEPS, (n) => block(grant, check(branch([fx], chain(n))))],
    ['terms', bounds.MAX_TERMS, (n) => block([...grant, fact('f', ...times(n, integer))])],
    [
      'terms of a check',
      bounds.MAX_TERMS,
      (n) => block(grant, check(branch([predicate('f', ...times(n, integer))]))),
    ],
    [
      'set members',
      bounds.MAX_SET_MEMBERS,
      (n) => block([...grant, fact('f', set(...times(n, integer)))]),
    ],
    [
      'set members in an expression',
      bounds.MAX_SET_MEMBERS,
      (n) => block(grant, check(branch([fx], binary(set(...times(n, integer)), 'contains', x)))),
    ],
    [
      'string bytes',
      MAX_STRING_BYTES,
      (n) => block([...grant, fact('f', string('é'.repeat(n / 2) + 'e'.repeat(n % 2)))]),
    ],
    // `grant`, `g_1`, `f` and the strings
    [
      'symbols',
      MAX_SYMBOLS,
      (n) => block([...grant, fact('f', set(...times(n - 3, (index) => string(`s${index}`))))]),
    ],
    // the request may add one fact of the name: (63 + 1) ** 2
    ['joined facts', 63, (n) => block([...grant, ...numbers('f', n)], check(branch(join(2))))],
    ['a five-way join', 4, (n) => block([...grant, ...numbers('f', n)], check(branch(join(5))))],
    // 16 branches of (31 + 1) ** 2
    [
      'joins over the token',
      31,
      (n) => block([...grant, ...numbers('f', n)], check(...times(16, () => branch(join(2))))),
    ],
  ]

  test.each(bounded)('%s: %i', (_, limit, make) => {
    expect(refusalOf(signedTree(make(limit)))).toBeUndefined()
    expect(isAcceptedByLibrary(signedTree(make(limit)))).toBe(true)
    expect(refusalOf(signedTree(make(limit + 1)))).toMatch(/^not_admitted: /)
  })

  // n steps: one term, then parentheses
  function chain(steps: number): Expression {
    return [term(x), ...times(steps - 1, () => ({ type: 'unary', operator: 'parens' }) as const)]
  }
})

test('a later block pays for the facts of block 0 that its checks can see', () => {
  const joined = (count: number): string => {
    const symbols = new SymbolTable()
    const authority = encodeBlock(block([...grant, ...numbers('f', count)]), symbols)
    return signed(authority, encodeBlock(block([], check(branch(join(3)))), symbols))
  }
  expect(refusalOf(joined(15))).toBeUndefined()
  expect(refusalOf(joined(16))).toContain('block 1: a branch joins too many facts')
})

describe('expressions', () => {
  const withExpression = (expression: Expression): string =>
    signedTree(block(grant, check(branch([fx], expression))))

  test.each<[string, Expression]>([
    ['an operator without operands', [{ type: 'binary', operator: 'equal' }]],
    ['one operand too few', [term(x), { type: 'binary', operator: 'equal' }]],
    ['an operand too many', [term(x), term(x)]],
    ['nothing', []],
    ['a variable that no predicate binds', binary(variable('y'), 'equal', integer(1))],
  ])('are refused with %s', (_, expression) => {
    expect(refusalOf(withExpression(expression))).toBeDefined()
  })

  test('a check without branches and an empty branch are refused', () => {
    expect(refusalOf(signedTree(block(grant, check())))).toContain('without branches')
    expect(refusalOf(signedTree(block(grant, check(branch([])))))).toContain('an empty branch')
  })
})

describe('reserved facts', () => {
  test.each(RESERVED_FACTS)('`%s` is refused outside block 0', (name) => {
    const token = buildToken(GRANTED)
    expect(refusalOf(appendSource(token, `${name}("x");`))).toContain(
      `block 1: only block 0 may assert \`${name}\``,
    )
    expect(() => appendBlock(token, block([fact(name, string('x'))]))).toThrow(
      expect.objectContaining({ code: 'invalid_block' }),
    )
  })

  test('other facts may stand in any block', () => {
    expect(
      refusalOf(appendSource(buildToken(GRANTED), 'note("x"); check if note("x");')),
    ).toBeUndefined()
  })
})

describe('known killers, as validly signed tokens', () => {
  const facts = (name: string, count: number): string =>
    times(count, (index) => `${name}(${index});`).join(' ')
  // a one-letter alphabet keeps each under 8 KB
  const killers: [string, Uint8Array][] = [
    [
      'a five-way join over 40 facts: 146 s in the library',
      compileLater(
        `${facts('f', 40)} check if f($a), f($b), f($c), f($d), f($e), $a + $b + $c + $d + $e < 0;`,
      ),
    ],
    [
      'the same join without arithmetic',
      compileLater(
        `${facts('f', 40)} check if f($a), f($b), f($c), f($d), f($e), $a < $b, $b < $a;`,
      ),
    ],
    [
      'a bounded-repeat regular expression over 100 facts: 19.7 s',
      compileLater(
        `${times(60, (index) => `f("${'a'.repeat(10)}${index}");`).join(' ')} check if f($a), $a.matches("((a{1,100}){1,100}){1,10}b");`,
      ),
    ],
    [
      'nested `.all` four deep over 40 members: 1.9 s',
      compileLater(
        `f({${times(40, String).join(',')}}); check if f($s), $s.all($a -> $s.all($b -> $s.all($c -> $s.all($d -> $a + $b + $c + $d < 999))));`,
      ),
    ],
    [
      'symbol 2^64-1: a trap, and after 764 of them the end of the process',
      Buffer.concat([
        varintField(3, 3),
        bytesField(
          4,
          bytesField(
            1,
            Buffer.concat([varintField(1, 4), bytesField(2, varintField(3, 2n ** 64n - 1n))]),
          ),
        ),
      ]),
    ],
  ]

  test.each(killers)('%s', (_, payload) => {
    expect(refusalOf(signed(compile(GRANTED), payload))).toMatch(
      /^(not_admitted|malformed): block 1: /,
    )
  })

  test('deep nesting is no way to exhaust the stack', () => {
    let nested: Uint8Array = varintField(2, 1)
    while (nested.length < 5000) nested = bytesField(7, bytesField(1, nested))
    const payload = Buffer.concat([
      varintField(3, 3),
      bytesField(4, bytesField(1, Buffer.concat([varintField(1, 4), bytesField(2, nested)]))),
    ])
    expect(refusalOf(signed(compile(GRANTED), payload))).toBeDefined()
  })
})

test('what is minted is what would be admitted', () => {
  expect(() => mintToken(block(numbers('f', bounds.MAX_FACTS + 1)), root)).toThrow(
    expect.objectContaining({ code: 'invalid_block' }),
  )
})
