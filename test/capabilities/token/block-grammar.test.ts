import { describe, expect, test } from 'vitest'
import {
  decodeBlock,
  decodeThirdPartyBlock,
  encodeBlock,
} from '../../../capabilities/token/block.ts'
import { bytesField, varintField } from '../../../capabilities/token/protobuf.ts'
import { attempt } from '../../../capabilities/token/refusal.ts'
import { SymbolTable } from '../../../capabilities/token/symbols.ts'
import type { Block } from '../../../capabilities/token/syntax.ts'
import { binary, block, branch, check, integer, predicate, string, variable } from './builders.ts'
import { compile, compileLater } from './library.ts'

const decode = (payload: Uint8Array): Block => decodeBlock(payload, new SymbolTable())
const reasonOf = (payload: Uint8Array): string | undefined => {
  const result = attempt(() => decode(payload))
  return result.ok ? undefined : result.refusal.reason
}

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
    expect(reasonOf(compileLater(source))).toBeDefined()
    expect(reasonOf(compile(source))).toBe('not_admitted')
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
    expect(reasonOf(Buffer.concat([v4, scoped(toKey), key]))).toBeUndefined()
    expect(decode(Buffer.concat([v4, scoped(toKey), key])).checks[0]?.queries[0]?.trusting).toBe(
      '07'.repeat(32),
    )
  })

  test.each([
    ['a key that no branch trusts', 'not_admitted', Buffer.concat([v4, key])],
    ['two keys', 'not_admitted', Buffer.concat([v4, scoped(toKey), key, key])],
    ['a P-256 key', 'not_admitted', Buffer.concat([v4, scoped(toKey), p256])],
    ['a scope without a key', 'malformed', Buffer.concat([v4, scoped(toKey)])],
    ['a scope beyond the keys', 'malformed', Buffer.concat([v4, scoped(varintField(2, 1)), key])],
    ['a scope twice', 'not_admitted', Buffer.concat([v4, scoped(toKey, toKey), key])],
    ['an empty scope', 'malformed', Buffer.concat([v4, scoped(Buffer.alloc(0)), key])],
    ['`authority`', 'not_admitted', Buffer.concat([v4, scoped(varintField(1, 0)), key])],
    ['`previous`', 'not_admitted', Buffer.concat([v4, scoped(varintField(1, 1)), key])],
    ['a scope in version 3', 'malformed', Buffer.concat([version, scoped(toKey), key])],
  ])('refuses as scope %s', (_, reason, payload) => {
    expect(reasonOf(payload)).toBe(reason)
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
    ['no version', 'malformed', Buffer.alloc(0)],
    ['version 2', 'not_admitted', varintField(3, 2)],
    ['version 7', 'not_admitted', varintField(3, 7)],
    ['a context', 'not_admitted', Buffer.concat([bytesField(2, Buffer.from('x')), version])],
    ['a block scope', 'not_admitted', Buffer.concat([version, bytesField(7, varintField(1, 1))])],
    [
      'null in a set',
      'not_admitted',
      Buffer.concat([
        version,
        factOf(bytesField(7, bytesField(1, bytesField(8, Buffer.alloc(0))))),
      ]),
    ],
    ['a public key', 'malformed', Buffer.concat([version, bytesField(8, Buffer.alloc(0))])],
    ['a symbol twice', 'malformed', Buffer.concat([symbol('x'), symbol('x'), version])],
    ['a default symbol declared again', 'malformed', Buffer.concat([symbol('read'), version])],
    [
      'a symbol that is not UTF-8',
      'malformed',
      Buffer.concat([bytesField(1, Buffer.from([0xff])), version]),
    ],
    ['an undeclared symbol', 'malformed', Buffer.concat([version, factOf(varintField(3, 1024))])],
    [
      'a symbol between the defaults and 1024',
      'malformed',
      Buffer.concat([version, factOf(varintField(3, 28))]),
    ],
    [
      'symbol 2^64-1, which makes the library trap',
      'malformed',
      Buffer.concat([version, factOf(varintField(3, 2n ** 64n - 1n))]),
    ],
    [
      'a variable in a fact',
      'not_admitted',
      Buffer.concat([symbol('x'), version, factOf(varintField(1, 1024))]),
    ],
    [
      'a variable name with a space',
      'not_admitted',
      Buffer.concat([symbol('a b'), version, factOf(varintField(1, 1024))]),
    ],
    ['a fact without terms', 'not_admitted', Buffer.concat([version, factOf()])],
    [
      'an integer of 2^53',
      'not_admitted',
      Buffer.concat([version, factOf(varintField(2, 2n ** 53n))]),
    ],
    [
      'an integer of -2^63',
      'not_admitted',
      Buffer.concat([version, factOf(varintField(2, -(2n ** 63n)))]),
    ],
    [
      'a date of 2^64-1',
      'not_admitted',
      Buffer.concat([version, factOf(varintField(4, 2n ** 64n - 1n))]),
    ],
    ['a boolean of 2', 'malformed', Buffer.concat([version, factOf(varintField(6, 2))])],
    [
      'a term of two values',
      'malformed',
      Buffer.concat([version, factOf(Buffer.concat([one, varintField(3, 1)]))]),
    ],
    ['an empty term', 'malformed', Buffer.concat([version, factOf(Buffer.alloc(0))])],
    [
      'a set in a set',
      'not_admitted',
      Buffer.concat([
        version,
        factOf(bytesField(7, bytesField(1, bytesField(7, Buffer.alloc(0))))),
      ]),
    ],
    [
      'a variable in a set, which is no boolean',
      'not_admitted',
      Buffer.concat([version, factOf(bytesField(7, bytesField(1, varintField(1, 1))))]),
    ],
    [
      'a known operator under the name of a foreign function',
      'not_admitted',
      Buffer.concat([
        version,
        bytesField(
          6,
          bytesField(
            1,
            Buffer.concat([
              bytesField(1, head),
              bytesField(3, bytesField(1, bytesField(3, Buffer.concat([varintField(1, 0), one])))),
            ]),
          ),
        ),
      ]),
    ],
    [
      'a set that repeats a member',
      'malformed',
      Buffer.concat([
        version,
        factOf(bytesField(7, Buffer.concat([bytesField(1, one), bytesField(1, one)]))),
      ]),
    ],
    [
      'a set of two types',
      'not_admitted',
      Buffer.concat([
        version,
        factOf(
          bytesField(7, Buffer.concat([bytesField(1, one), bytesField(1, varintField(3, 1))])),
        ),
      ]),
    ],
    [
      'a check kind under version 3',
      'malformed',
      Buffer.concat([version, checkOf(head, varintField(2, 0))]),
    ],
    [
      'an unknown check kind',
      'not_admitted',
      Buffer.concat([varintField(3, 6), checkOf(head, varintField(2, 3))]),
    ],
    ['another query head', 'malformed', Buffer.concat([version, checkOf(varintField(1, 0))])],
    [
      'a query head with terms',
      'malformed',
      Buffer.concat([version, checkOf(Buffer.concat([head, bytesField(2, one)]))]),
    ],
  ])('has no %s: %s', (_, reason, payload) => {
    expect(reasonOf(payload)).toBe(reason)
  })

  test('takes a check kind that is spelled out where the version has kinds', () => {
    const payload = Buffer.concat([varintField(3, 4), checkOf(head, varintField(2, 0))])
    expect(decode(payload).checks).toHaveLength(1)
  })

  test('has no `==` before version 6', () => {
    const loose = check(
      branch(
        [predicate('f', variable('v'))],
        binary(variable('v'), 'heterogeneousEqual', integer(1)),
      ),
    )
    const payload = Buffer.from(encodeBlock(block([], loose), new SymbolTable()))
    const at = payload.indexOf(varintField(3, 6))
    payload.set(varintField(3, 5), at)
    expect(at).toBeGreaterThan(0)
    expect(reasonOf(payload)).toBe('malformed')
  })

  test('keeps a byte order mark, which would make two strings one', () => {
    const payload = Buffer.concat([symbol('\ufeffx'), version, factOf(varintField(3, 1024))])
    expect(decode(payload).facts[0]?.terms).toEqual([string('\ufeffx')])
  })
})
