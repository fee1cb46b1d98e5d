import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { toFacts } from '../../../capabilities/facts.ts'
import { encodeBlock } from '../../../capabilities/token/block.ts'
import { encodeEnvelope } from '../../../capabilities/token/envelope.ts'
import { evaluate } from '../../../capabilities/token/evaluate.ts'
import { bytesField, varintField } from '../../../capabilities/token/protobuf.ts'
import { extendEnvelope } from '../../../capabilities/token/signatures.ts'
import { SymbolTable } from '../../../capabilities/token/symbols.ts'
import { writeTokenText } from '../../../capabilities/token/token-text.ts'
import { verifyToken } from '../../../capabilities/token/verify.ts'
import type {
  Block,
  Expression,
  Fact,
  Predicate,
  Term,
  Value,
} from '../../../capabilities/token/syntax.ts'
import {
  asked,
  binary,
  block,
  branch,
  check,
  date,
  fact,
  granted,
  integer,
  predicate,
  root,
  set,
  signed,
  signedEnvelope,
  string,
  term,
  variable,
  verified,
} from './builders.ts'
import { appendThirdPartySource, compile, GRANTED, sealText } from './library.ts'

/**
 * Every bound of docs/tokens.md, on it and one past it, in validly signed tokens that nobody asked admission about.
 * A row of the documentation without a case here fails the last test of this file.
 */
interface Bound {
  readonly on: readonly string[]
  readonly past: readonly (readonly [text: string, refusal: string])[]
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const x = variable('x')
const fx = predicate('f', x)
const grant = granted.slice(0, 1)
const numbers = (count: number): Fact[] => times(count, (index) => fact('f', integer(index)))
const join = (count: number): Predicate[] =>
  times(count, (index) => predicate('f', variable(`v${index}`)))

function tokenOf(...blocks: readonly Block[]): string {
  const symbols = new SymbolTable()
  const [first, ...later] = blocks.map((one) => encodeBlock(one, symbols))
  return signed(first ?? Buffer.alloc(0), ...later)
}
const holding = (...facts: Fact[]): string => tokenOf(block([...grant, ...facts]))
const checking = (predicates: Predicate[], ...expressions: Expression[]): string =>
  tokenOf(block(grant, check(branch(predicates, ...expressions))))

const notAdmitted = (text: string): [string, string] => [text, 'not_admitted']
const malformed = (text: string): [string, string] => [text, 'malformed']

// the container, field by field: what is wrong in it is seen before any signature is looked at
const container = signedEnvelope(compile(GRANTED))
const [authority] = container.blocks
if (authority === undefined || container.proof.type !== 'secret') throw new Error('no block')
const { secret } = container.proof

interface Parts {
  readonly rootKeyId?: bigint
  readonly algorithm?: number
  readonly key?: Uint8Array
  readonly signature?: Uint8Array
  readonly version?: number
  readonly proof?: Uint8Array
}

function containerOf(parts: Parts): string {
  const { rootKeyId = 7n, algorithm = 0, version = 1 } = parts
  const key = bytesField(2, parts.key ?? authority!.nextKey)
  const signedBlock = Buffer.concat([
    bytesField(1, authority!.payload),
    bytesField(2, Buffer.concat([varintField(1, algorithm), key])),
    bytesField(3, parts.signature ?? authority!.signature),
    ...(version < 0 ? [] : [varintField(5, version)]),
  ])
  return Buffer.concat([
    ...(rootKeyId < 0n ? [] : [varintField(1, rootKeyId)]),
    bytesField(2, signedBlock),
    bytesField(4, parts.proof ?? bytesField(1, secret)),
  ]).toString('base64url')
}

const resized = (bytes: Uint8Array, length: number): Uint8Array =>
  Buffer.concat([bytes, Buffer.alloc(1)]).subarray(0, length)

/** of exactly so many bytes: seven strings, the last of which is as long as it takes */
function textOfBytes(bytes: number): string {
  const make = (last: number): string =>
    holding(
      ...times(6, (index) => fact('f', string(`${index}`.repeat(900)))),
      fact('f', string('a'.repeat(last))),
    )
  const missing = bytes - Buffer.from(make(500), 'base64url').length
  return make(500 + missing)
}

const raw = Buffer.from(containerOf({}), 'base64url')
const version = (number: number): Uint8Array =>
  Buffer.concat([
    bytesField(1, Buffer.from('grant')),
    bytesField(1, Buffer.from('g')),
    varintField(3, number),
    bytesField(
      4,
      bytesField(1, Buffer.concat([varintField(1, 1024), bytesField(2, varintField(3, 1025))])),
    ),
  ])
const withTerm = (...terms: Uint8Array[]): string =>
  signed(
    Buffer.concat([
      version(3),
      bytesField(
        4,
        bytesField(
          1,
          Buffer.concat([varintField(1, 4), ...terms.map((one) => bytesField(2, one))]),
        ),
      ),
    ]),
  )
const members = (count: number): Value => set(...times(count, integer))
const symbolsOver = (first: number, second: number): string =>
  tokenOf(
    // `grant`, `g_1` and `f` are symbols too
    block([...grant, fact('f', set(...times(first - 3, (index) => string(`s${index}`))))]),
    block([fact('f', set(...times(second, (index) => string(`t${index}`))))]),
  )

const envelope: Record<string, Bound> = {
  text: {
    on: [textOfBytes(6144), `${holding()}${'='.repeat((4 - (holding().length % 4)) % 4)}`],
    past: [
      [textOfBytes(6145), 'too_large'],
      [`${textOfBytes(6144)}=`, 'too_large'],
      malformed(`${holding()}====`),
    ],
  },
  protobuf: {
    on: [raw.toString('base64url')],
    past: [
      malformed(Buffer.concat([raw, varintField(5, 1)]).toString('base64url')),
      malformed(
        Buffer.concat([Buffer.from([0x08, 0x87, 0x00]), raw.subarray(2)]).toString('base64url'),
      ),
      malformed(Buffer.concat([raw.subarray(2), raw.subarray(0, 2)]).toString('base64url')),
      malformed(
        Buffer.concat([bytesField(1, Buffer.alloc(0)), raw.subarray(2)]).toString('base64url'),
      ),
    ],
  },
  blocks: {
    on: [tokenOf(block(grant)), tokenOf(block(grant), ...times(11, () => block([])))],
    past: [
      [tokenOf(block(grant), ...times(12, () => block([]))), 'too_many_blocks'],
      malformed(Buffer.concat([raw.subarray(0, 2), raw.subarray(-36)]).toString('base64url')),
    ],
  },
  'root key id': {
    on: [containerOf({ rootKeyId: 2n ** 32n - 1n })],
    past: [
      malformed(containerOf({ rootKeyId: 2n ** 32n })),
      [containerOf({ rootKeyId: -1n }), 'unknown_key'],
    ],
  },
  keys: {
    on: [containerOf({})],
    past: [
      notAdmitted(containerOf({ algorithm: 1 })),
      malformed(containerOf({ key: resized(authority.nextKey, 31) })),
      malformed(containerOf({ key: resized(authority.nextKey, 33) })),
    ],
  },
  signatures: {
    on: [containerOf({}), signed(compile(GRANTED))],
    past: [
      malformed(containerOf({ signature: resized(authority.signature, 63) })),
      malformed(containerOf({ signature: resized(authority.signature, 65) })),
      malformed(containerOf({ version: 2 })),
      malformed(containerOf({ version: 0 })),
      // version 0 is a way to sign, not a way to be asked less: the signature is of version 1
      [containerOf({ version: -1 }), 'bad_signature'],
    ],
  },
  proof: {
    on: [containerOf({}), sealText(containerOf({}))],
    past: [
      malformed(containerOf({ proof: bytesField(1, resized(secret, 31)) })),
      malformed(containerOf({ proof: bytesField(1, resized(secret, 33)) })),
      malformed(containerOf({ proof: bytesField(2, Buffer.alloc(63)) })),
      malformed(containerOf({ proof: bytesField(2, Buffer.alloc(65)) })),
      [containerOf({ proof: bytesField(2, Buffer.alloc(64)) }), 'bad_signature'],
      malformed(
        containerOf({
          proof: Buffer.concat([bytesField(1, secret), bytesField(2, Buffer.alloc(64))]),
        }),
      ),
    ],
  },
  'strings beyond the common': {
    on: [holding(fact('f', string('é'.repeat(512)))), symbolsOver(200, 56)],
    past: [
      notAdmitted(holding(fact('f', string(`${'é'.repeat(512)}a`)))),
      notAdmitted(symbolsOver(200, 57)),
      malformed(signed(Buffer.concat([bytesField(1, Buffer.from('grant')), version(3)]))),
    ],
  },
}

const profile: Record<string, Bound> = {
  'block version': {
    on: [3, 4, 5, 6].map((number) => signed(version(number))),
    past: [notAdmitted(signed(version(2))), notAdmitted(signed(version(7)))],
  },
  'facts in a block': {
    on: [holding(...numbers(63))],
    past: [notAdmitted(holding(...numbers(64)))],
  },
  'checks in a block': {
    on: [tokenOf(block(grant, ...times(32, () => check(branch([fx])))))],
    past: [notAdmitted(tokenOf(block(grant, ...times(33, () => check(branch([fx]))))))],
  },
  'branches in a check': {
    on: [1, 24].map((count) => tokenOf(block(grant, check(...times(count, () => branch([fx])))))),
    past: [0, 25].map((count) =>
      notAdmitted(tokenOf(block(grant, check(...times(count, () => branch([fx])))))),
    ),
  },
  'predicates in a branch': {
    on: [checking(times(32, () => fx))],
    past: [notAdmitted(checking(times(33, () => fx)))],
  },
  'expressions in a branch': {
    on: [
      checking([fx], ...times(24, () => binary(x, 'equal', integer(1)))),
      checking([], binary(integer(1), 'equal', integer(1))),
    ],
    past: [
      notAdmitted(checking([fx], ...times(25, () => binary(x, 'equal', integer(1))))),
      notAdmitted(checking([])),
    ],
  },
  'operations in an expression': {
    on: [checking([fx], parenthesised(32))],
    past: [
      notAdmitted(checking([fx], parenthesised(33))),
      malformed(checking([fx], [term(x), term(x)])),
      malformed(checking([fx], [term(x), { type: 'binary', operator: 'equal' }, term(x)])),
      malformed(checking([fx], [])),
      notAdmitted(checking([fx], binary(variable('y'), 'equal', integer(1)))),
    ],
  },
  'terms of a predicate or fact': {
    on: [1, 16].flatMap((count) => [
      holding(fact('f', ...times(count, integer))),
      checking([predicate('f', ...times<Term>(count, integer))]),
    ]),
    past: [0, 17].flatMap((count) => [
      notAdmitted(holding(fact('f', ...times(count, integer)))),
      notAdmitted(checking([predicate('f', ...times<Term>(count, integer))])),
    ]),
  },
  'members of a set': {
    on: [
      holding(fact('f', members(256))),
      holding(fact('f', members(0))),
      checking([predicate('f', members(256))]),
      checking([fx], binary(members(256), 'contains', x)),
    ],
    past: [
      notAdmitted(holding(fact('f', members(257)))),
      notAdmitted(checking([predicate('f', members(257))])),
      notAdmitted(checking([fx], binary(members(257), 'contains', x))),
      notAdmitted(holding(fact('f', set(integer(1), string('a'))))),
      malformed(holding(fact('f', set(integer(1), integer(1))))),
      notAdmitted(withTerm(bytesField(7, bytesField(1, bytesField(7, Buffer.alloc(0)))))),
    ],
  },
  'predicate names': {
    on: ['a', 'Z', `a${'_:9Z'.repeat(15)}abc`].map((name) => holding(fact(name, integer(1)))),
    past: ['', '_a', '9a', ':a', 'a-b', 'é', `a${'_:9Z'.repeat(15)}abcd`].map((name) =>
      notAdmitted(holding(fact(name, integer(1)))),
    ),
  },
  'variable names': {
    on: ['0', '_', ':', 'v'.repeat(64)].map((name) => checking([predicate('f', variable(name))])),
    past: ['', 'a b', 'é', 'v'.repeat(65)].map((name) =>
      notAdmitted(checking([predicate('f', variable(name))])),
    ),
  },
  integers: {
    on: [2n ** 53n - 1n, 1n - 2n ** 53n].map((value) => withTerm(varintField(2, value))),
    past: [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)].map((value) =>
      notAdmitted(withTerm(varintField(2, value))),
    ),
  },
  dates: {
    on: [holding(fact('f', date(0), date(Date.parse('9999-12-31T23:59:59Z') / 1000)))],
    past: [
      notAdmitted(withTerm(varintField(4, BigInt(Date.parse('9999-12-31T23:59:59Z') / 1000) + 1n))),
      notAdmitted(withTerm(varintField(4, 2n ** 64n - 1n))),
    ],
  },
  'cost of a branch': {
    // the request may add one fact of the name: (63 + 1) ** 2 is 4096
    on: [tokenOf(block([...grant, ...numbers(63)], check(branch(join(2)))))],
    past: [
      // a block is full with the grant and 63: the next fact stands in a block of its own, (64 + 1) ** 2
      notAdmitted(
        tokenOf(
          block([...grant, ...numbers(63)]),
          block([fact('f', integer(99))], check(branch(join(2)))),
        ),
      ),
      notAdmitted(
        tokenOf(
          block([...grant, ...numbers(15)]),
          block([fact('f', integer(99))], check(branch(join(3)))),
        ),
      ),
    ],
  },
  'cost of a token': {
    // sixteen branches of (31 + 1) ** 2 are 16,384
    on: [tokenOf(block([...grant, ...numbers(31)], ...times(16, () => check(branch(join(2))))))],
    past: [
      notAdmitted(
        tokenOf(
          block([...grant, ...numbers(31)], ...times(16, () => check(branch(join(2))))),
          block([], check(branch([predicate('g', x)]))),
        ),
      ),
    ],
  },
  'facts that only block 0 may say': {
    on: [
      holding(fact('op', string('o')), fact('budget_ok', integer(1))),
      tokenOf(block(grant), block([fact('note', string('n'))])),
    ],
    past: ['op', 'grant', 'client', 'right', 'budget_ok', 'approval', 'time', 'message_labels'].map(
      (name) => notAdmitted(tokenOf(block(grant), block([fact(name, string('n'))]))),
    ),
  },
}

/** the root key id is the one part of a token that nobody signs */
const trusted = {
  find: (id: number | undefined) => (id === undefined ? undefined : root.publicKey),
}
const outcomeOf = (text: string): string => {
  const result = verifyToken(text, trusted)
  return result.ok ? 'admitted' : result.refusal.reason
}

test.each(Object.entries({ ...envelope, ...profile }))('%s', (_, { on, past }) => {
  expect(on.map(outcomeOf)).toEqual(on.map(() => 'admitted'))
  expect(past.map(([text]) => outcomeOf(text))).toEqual(past.map(([, refusal]) => refusal))
})

test('external signature: a third-party block is refused', () => {
  expect(outcomeOf(appendThirdPartySource(containerOf({}), 'note("x");'))).toBe('not_admitted')
})

test('a holder signs the next block with the secret that the token carries, and so can write all of the above', () => {
  const hostile = extendEnvelope(container, version(7), secret)
  expect(outcomeOf(writeTokenText(hostile))).toBe('not_admitted')
  expect(Buffer.from(encodeEnvelope(container))).toEqual(raw)
})

test('fuel: 20,000 bindings are spent, one more denies', () => {
  const limited = verified(tokenOf(block(granted, check(branch([fx])))))
  expect(evaluate(limited, [...asked, ...numbers(20_000)]).allowed).toBe(true)
  expect(evaluate(limited, [...asked, ...numbers(20_001)])).toMatchObject({
    denial: { reason: 'execution' },
  })
})

test('questions: 16 different ones about a fact are answered, the next is not', () => {
  const zones = [
    ...times(12, (index) => `Etc/GMT+${index}`),
    ...times(5, (index) => `Etc/GMT-${index + 1}`),
  ]
  const asking = zones.map((zone) =>
    check(branch([predicate('local_time', string(zone), x, variable('m'))])),
  )
  const answered = (count: number): number =>
    toFacts({ operation: 'gmail.profile.read' }, { now: 1_764_000_000, audience: 'a' }, [
      // asked twice is one question
      block([], ...asking.slice(0, count), ...asking.slice(0, 8)),
    ]).filter(({ name }) => name === 'local_time').length
  expect([15, 16, 17].map(answered)).toEqual([15, 16, 16])
})

/** no bounds but forms: `delegation.test.ts` has the one that is admitted, and its neighbours */
const SHAPES = [
  'external signature',
  '`trusting`',
  'public keys in a block',
  'third-party blocks',
  '`delegated_jkt`',
]

test('every bound that the documentation names has a case here, and the other way round', () => {
  const text = readFileSync(new URL('../../../docs/tokens.md', import.meta.url), 'utf8')
  const rowsOf = (heading: string): string[] => {
    const [, section = ''] = text.split(`\n## ${heading}\n`)
    const [table = ''] = section.split('\n## ')
    const rows = table.split('\n').filter((line) => line.startsWith('|'))
    return rows.slice(2).map((line) => line.split('|')[1]?.trim() ?? '')
  }
  const bounds = (heading: string): string[] =>
    rowsOf(heading).filter((row) => !SHAPES.includes(row))
  expect(Object.keys(envelope)).toEqual(bounds('The envelope'))
  expect(Object.keys(profile)).toEqual(bounds('The admission profile'))
})

function parenthesised(steps: number): Expression {
  return [term(x), ...times(steps - 1, () => ({ type: 'unary', operator: 'parens' }) as const)]
}
