import { describe, expect, test } from 'vitest'
import {
  decodeBlock,
  decodeThirdPartyBlock,
  encodeBlock,
} from '../../../capabilities/token/block.ts'
import { mintToken } from '../../../capabilities/token/mint.ts'
import { bytesField, varintField } from '../../../capabilities/token/protobuf.ts'
import { attempt } from '../../../capabilities/token/refusal.ts'
import { SymbolTable } from '../../../capabilities/token/symbols.ts'
import type { Block, Term } from '../../../capabilities/token/syntax.ts'
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
import {
  appendSource,
  buildToken,
  compile,
  compileLater,
  GRANTED,
  readByLibrary,
} from './library.ts'

const decode = (payload: Uint8Array): Block => decodeBlock(payload, new SymbolTable())
const detailOf = (payload: Uint8Array): string | undefined => {
  const result = attempt(() => decode(payload))
  return result.ok ? undefined : result.refusal.detail
}

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
    const version = (input: Block): number | undefined =>
      encodeBlock(input, new SymbolTable()).at(-1)
    expect(version({ facts: [], checks: [] })).toBe(3)
    expect(encodeBlock(block([], lenient), new SymbolTable())).toContain(6)
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

describe('the closed grammar', () => {
  test.each([
    ['a rule', 'right($x) <- op($x);'],
    ['check all', 'check all op($o), $o.contains("a");'],
    ['reject if', 'reject if op("x");'],
    ['trusting previous', 'check if op("x") trusting previous;'],
    ['trusting authority', 'check if op("x") trusting authority;'],
    [
      'trusting a key and authority',
      'check if op("x") trusting authority, ed25519/acdd6d5b53bfee478bf689f8e012fe7988bf755e3d7c5152947abc149bc20189;',
    ],
    [
      'trusting two keys',
      'check if op("x") trusting ed25519/acdd6d5b53bfee478bf689f8e012fe7988bf755e3d7c5152947abc149bc20189 or op("y") trusting ed25519/a060270db7e9c9f06e8f9cc33a64e99f6596af12cb01c4b638df8afc7b642463;',
    ],
    [
      'trusting a P-256 key',
      'check if op("x") trusting secp256r1/025e918fd4463832aea2823dfd9716a36b4d9b1377bd53dd82ddf4c0bc75ed6bbf;',
    ],
    ['a closure', 'check if f($s), $s.all($x -> $x < 3);'],
    ['any', 'check if f($s), $s.any($x -> $x < 3);'],
    ['lazy and', 'check if f($s), $s < 3 && $s > 1;'],
    ['lazy or', 'check if f($s), $s < 3 || $s > 1;'],
    ['try_or', 'check if f($s), ($s < 3).try_or(true);'],
    ['a regular expression', 'check if f($s), $s.matches("a");'],
    ['negation', 'check if f($s), !($s < 3);'],
    ['!=', 'check if f($s), $s != 3;'],
    ['!==', 'check if f($s), $s !== 3;'],
    ['addition', 'check if f($s), $s + 1 < 3;'],
    ['multiplication', 'check if f($s), $s * 2 < 3;'],
    ['division', 'check if f($s), $s / 2 < 3;'],
    ['bitwise and', 'check if f($s), $s & 2 === 2;'],
    ['type()', 'check if f($s), $s.type() === "string";'],
    ['get()', 'check if f($s), $s.get(0) === 1;'],
    ['a foreign function', 'check if f($s), $s.extern::call();'],
    ['bytes', 'f(hex:00ff);'],
    ['null', 'f(null);'],
    ['an array', 'f([1, 2]);'],
    ['a map', 'f({"a": 1});'],
    ['bytes in a check', 'check if f(hex:00ff);'],
  ])('has no %s', (_, source) => {
    expect(detailOf(compileLater(source))).toBeDefined()
    expect(attempt(() => decode(compile(source)))).toMatchObject({
      ok: false,
      refusal: { reason: 'not_admitted' },
    })
  })

  const version = varintField(3, 3)
  const symbol = (text: string): Uint8Array => bytesField(1, Buffer.from(text))
  const factOf = (...terms: Uint8Array[]): Uint8Array =>
    bytesField(
      4,
      bytesField(1, Buffer.concat([varintField(1, 4), ...terms.map((one) => bytesField(2, one))])),
    )
  const checkOf = (head: Uint8Array, ...rest: Uint8Array[]): Uint8Array =>
    bytesField(6, Buffer.concat([bytesField(1, bytesField(1, head)), ...rest]))
  const head = varintField(1, 27)
  const one = varintField(2, 1)

  const v4 = varintField(3, 4)
  const key = bytesField(8, Buffer.concat([varintField(1, 0), bytesField(2, Buffer.alloc(32, 7))]))
  const p256 = bytesField(8, Buffer.concat([varintField(1, 1), bytesField(2, Buffer.alloc(33, 2))]))
  /** `check if read(1)` with these scopes */
  const scoped = (...scopes: Uint8Array[]): Uint8Array =>
    bytesField(
      6,
      bytesField(
        1,
        Buffer.concat([
          bytesField(1, head),
          bytesField(2, Buffer.concat([varintField(1, 0), bytesField(2, one)])),
          ...scopes.map((scope) => bytesField(4, scope)),
        ]),
      ),
    )
  const toKey = varintField(2, 0)

  test('has one scope: the one key that the block declares', () => {
    expect(detailOf(Buffer.concat([v4, scoped(toKey), key]))).toBeUndefined()
    expect(decode(Buffer.concat([v4, scoped(toKey), key])).checks[0]?.queries[0]?.trusting).toBe(
      '07'.repeat(32),
    )
  })

  test.each([
    ['a key that no branch trusts', Buffer.concat([v4, key])],
    ['two keys', Buffer.concat([v4, scoped(toKey), key, key])],
    ['a P-256 key', Buffer.concat([v4, scoped(toKey), p256])],
    ['a scope without a key', Buffer.concat([v4, scoped(toKey)])],
    ['a scope beyond the keys', Buffer.concat([v4, scoped(varintField(2, 1)), key])],
    ['a scope twice', Buffer.concat([v4, scoped(toKey, toKey), key])],
    ['an empty scope', Buffer.concat([v4, scoped(Buffer.alloc(0)), key])],
    ['`authority`', Buffer.concat([v4, scoped(varintField(1, 0)), key])],
    ['`previous`', Buffer.concat([v4, scoped(varintField(1, 1)), key])],
    ['a scope in version 3', Buffer.concat([version, scoped(toKey), key])],
  ])('refuses as scope %s', (_, payload) => {
    expect(detailOf(payload)).toBeDefined()
  })

  test('gives a third-party block a table of its own and version 5', () => {
    const own = Buffer.concat([symbol('x'), varintField(3, 5), factOf(varintField(3, 1024))])
    const signer = Buffer.alloc(32, 7)
    expect(decodeThirdPartyBlock(own, signer)).toMatchObject({
      signer: '07'.repeat(32),
      facts: [{ terms: [{ value: 'x' }] }],
    })
    for (const other of [3, 4, 6]) {
      const payload = Buffer.concat([varintField(3, other)])
      expect(attempt(() => decodeThirdPartyBlock(payload, signer)).ok).toBe(false)
    }
  })

  test.each([
    ['no version', Buffer.alloc(0)],
    ['version 2', varintField(3, 2)],
    ['version 7', varintField(3, 7)],
    ['a context', Buffer.concat([bytesField(2, Buffer.from('x')), version])],
    ['a block scope', Buffer.concat([version, bytesField(7, varintField(1, 1))])],
    [
      'null in a set',
      Buffer.concat([
        version,
        factOf(bytesField(7, bytesField(1, bytesField(8, Buffer.alloc(0))))),
      ]),
    ],
    ['a public key', Buffer.concat([version, bytesField(8, Buffer.alloc(0))])],
    ['a symbol twice', Buffer.concat([symbol('x'), symbol('x'), version])],
    ['a default symbol declared again', Buffer.concat([symbol('read'), version])],
    ['a symbol that is not UTF-8', Buffer.concat([bytesField(1, Buffer.from([0xff])), version])],
    ['an undeclared symbol', Buffer.concat([version, factOf(varintField(3, 1024))])],
    [
      'a symbol between the defaults and 1024',
      Buffer.concat([version, factOf(varintField(3, 28))]),
    ],
    [
      'symbol 2^64-1, which makes the library trap',
      Buffer.concat([version, factOf(varintField(3, 2n ** 64n - 1n))]),
    ],
    ['a variable in a fact', Buffer.concat([symbol('x'), version, factOf(varintField(1, 1024))])],
    [
      'a variable name with a space',
      Buffer.concat([symbol('a b'), version, factOf(varintField(1, 1024))]),
    ],
    ['a fact without terms', Buffer.concat([version, factOf()])],
    ['an integer of 2^53', Buffer.concat([version, factOf(varintField(2, 2n ** 53n))])],
    ['an integer of -2^63', Buffer.concat([version, factOf(varintField(2, -(2n ** 63n)))])],
    ['a date of 2^64-1', Buffer.concat([version, factOf(varintField(4, 2n ** 64n - 1n))])],
    ['a boolean of 2', Buffer.concat([version, factOf(varintField(6, 2))])],
    [
      'a term of two values',
      Buffer.concat([version, factOf(Buffer.concat([one, varintField(3, 1)]))]),
    ],
    ['an empty term', Buffer.concat([version, factOf(Buffer.alloc(0))])],
    [
      'a set in a set',
      Buffer.concat([
        version,
        factOf(bytesField(7, bytesField(1, bytesField(7, Buffer.alloc(0))))),
      ]),
    ],
    [
      'a set that repeats a member',
      Buffer.concat([
        version,
        factOf(bytesField(7, Buffer.concat([bytesField(1, one), bytesField(1, one)]))),
      ]),
    ],
    [
      'a set of two types',
      Buffer.concat([
        version,
        factOf(
          bytesField(7, Buffer.concat([bytesField(1, one), bytesField(1, varintField(3, 1))])),
        ),
      ]),
    ],
    ['a check kind under version 3', Buffer.concat([version, checkOf(head, varintField(2, 0))])],
    ['an unknown check kind', Buffer.concat([varintField(3, 6), checkOf(head, varintField(2, 3))])],
    ['another query head', Buffer.concat([version, checkOf(varintField(1, 0))])],
    [
      'a query head with terms',
      Buffer.concat([version, checkOf(Buffer.concat([head, bytesField(2, one)]))]),
    ],
  ])('has no %s', (_, payload) => {
    expect(detailOf(payload)).toBeDefined()
  })

  test('takes a check kind that is spelled out where the version has kinds', () => {
    const payload = Buffer.concat([varintField(3, 4), checkOf(head, varintField(2, 0))])
    expect(decode(payload).checks).toHaveLength(1)
  })

  test('keeps a byte order mark, which would make two strings one', () => {
    const payload = Buffer.concat([symbol('\ufeffx'), version, factOf(varintField(3, 1024))])
    expect(decode(payload).facts[0]?.terms).toEqual([string('\ufeffx')])
  })
})
