/**
 * The longest that a token can hold a front's event loop: `npm run bench:event-loop`.
 * Each hostile token is validly signed, by its holder or by the root; the front's own code then verifies it, gathers the
 * facts, decides and explains. Wall clock: the first time, with nothing compiled yet, and the median of the rest. The bar is
 * held against both; a first time is one sample, so on a busy machine look at it twice.
 */
import { Biscuit, BlockBuilder, PublicKey } from '@biscuit-auth/biscuit-wasm'
import { randomBytes } from 'node:crypto'
import {
  authorize,
  explainDenial,
  type Block,
  type Expression,
  type Fact,
  type GmailAction,
  type Query,
  type Scalar,
  type Term,
  type Value,
} from '../capabilities/index.ts'
import { extendEnvelope } from '../capabilities/token/signatures.ts'
import { bytesField } from '../capabilities/token/protobuf.ts'
import { readTokenText, writeTokenText } from '../capabilities/token/token-text.ts'
import { median } from './load.ts'
import {
  AUDIENCE,
  largest,
  mint,
  NOW,
  READ,
  rootPublicKey,
  tokenOf,
  verifyHere,
} from './sample-token.ts'

const RUNS = Number(process.env['BENCH_ROUNDS'] ?? 25)
const ED25519 = 0
const BAR_MILLISECONDS = 10

interface Hostile {
  readonly name: string
  readonly token: string
  readonly action?: GmailAction
}

const text = (value: string): Scalar => ({ type: 'string', value })
const number = (value: number): Scalar => ({ type: 'integer', value })
const variable = (name: string): Term => ({ type: 'variable', name })
const set = (value: readonly Scalar[]): Value => ({ type: 'set', value })
const integers = (count: number, from = 0): Scalar[] =>
  Array.from({ length: count }, (_, index) => number(from + index))
const facts = (name: string, count: number): Fact[] =>
  integers(count).map((value) => ({ name, terms: [value] }))

const kinds = [...refusedInShape(), ...admitted(), ...withLargeRequests()]
const measured = kinds.map((kind) => ({ ...kind, ...hold(kind) }))
console.log('| token | characters | verdict | first ms | median ms |')
console.log('| --- | ---: | --- | ---: | ---: |')
for (const { name, token, verdict, first, typical } of measured) {
  const cells = [name, token.length, verdict, first.toFixed(2), typical.toFixed(2)]
  console.log(`| ${cells.join(' | ')} |`)
}
const first = Math.max(...measured.map((kind) => kind.first))
const typical = Math.max(...measured.map((kind) => kind.typical))
console.log(
  `\nlongest hold: first ${first.toFixed(2)} ms, median ${typical.toFixed(2)} ms (bar: ${BAR_MILLISECONDS} ms)`,
)

/** what kills or stalls a Datalog engine; our reader must say no to the shape alone */
function refusedInShape(): Hostile[] {
  const many = (count: number): string =>
    Array.from({ length: count }, (_, index) => `f(${index});`).join(' ')
  const five = 'f($a), f($b), f($c), f($d), f($e)'
  return [
    {
      name: 'five-way join over 40 facts',
      token: appended(`${many(40)} check if ${five}, $a + $b + $c + $d + $e < 0;`),
    },
    {
      name: 'bounded repeat in a regular expression, 100 facts',
      token: appended(
        `${many(100).replaceAll(/f\((\d+)\)/g, 'f("a$1")')} check if f($a), $a.matches("(a{1,100}){1,100}b");`,
      ),
    },
    {
      name: 'closures four deep over a set of 40',
      token: appended(
        `s({${integers(40)
          .map((one) => String(one.value))
          .join(
            ', ',
          )}}); check if s($s), $s.all($a -> $s.all($b -> $s.all($c -> $s.all($d -> $a + $b + $c + $d >= 0))));`,
      ),
    },
    {
      name: 'rules that feed each other',
      token: appended(
        `${many(60)} g($x, $y) <- f($x), f($y); h($x, $y, $z) <- g($x, $y), f($z); check if h($a, $b, $c);`,
      ),
    },
    { name: '600 nested negations', token: appended(`check if ${'!'.repeat(600)}true;`) },
    { name: 'nested arrays', token: appended(`f(${'['.repeat(40)}1${']'.repeat(40)});`) },
    { name: '500 facts', token: appended(many(500)) },
    { name: '1,000,000 characters', token: 'A'.repeat(1_000_000) },
    { name: '8,192 characters of random bytes', token: randomBytes(6144).toString('base64url') },
    { name: '8,192 characters of one byte', token: Buffer.alloc(6144, 0x12).toString('base64url') },
    { name: '13 blocks', token: signed(tokenOf(12), nested(0)) },
    { name: 'a symbol that traps the library', token: signed(mint().token, lastSymbol()) },
    { name: 'fields nested 1,000 deep', token: signed(mint().token, nested(1000)) },
  ]
}

/** at the bounds: everything the admission profile lets through */
function admitted(): Hostile[] {
  return [
    { name: '12 blocks', token: tokenOf(12) },
    {
      name: 'largest set, members never asked for',
      token: largest((n) => checks([contains(integers(n, 1000), 'message_age')]), 256),
    },
    {
      name: 'set of 256 addresses',
      token: largest((n) => checks([contains(addresses(n), 'message_from')]), 256),
    },
    {
      name: 'most checks',
      token: largest(
        (n) => ({
          facts: [],
          checks: Array.from({ length: n }, () => ({
            queries: [contains(integers(8), 'message_age')],
          })),
        }),
        32,
      ),
    },
    {
      name: 'most branches',
      token: largest(
        (n) => checks(Array.from({ length: n }, () => contains(integers(20), 'message_age'))),
        24,
      ),
    },
    { name: 'join at the bound: 64 × 64', token: largest((n) => join(n, 2, 1), 63) },
    { name: 'join at the bound: 16 × 16 × 16', token: largest((n) => join(n, 3, 1), 15) },
    { name: 'four joins at the bound', token: largest((n) => join(n, 2, 4), 63) },
    {
      name: 'joins at the bound, 24 expressions each',
      token: largest((n) => join(62, 2, 4, n), 24),
    },
    { name: 'join over sets, compared with each other', token: largest((n) => setJoin(n), 40) },
    { name: 'union and intersection of large sets', token: largest((n) => unions(n), 128) },
    {
      name: 'strings of 1,024 bytes searched in each other',
      token: largest((n) => strings(n), 63),
    },
  ]
}

/** a token at its bounds that meets the largest requests that others may cause */
function withLargeRequests(): Hostile[] {
  const to = Array.from({ length: 2000 }, (_, index) => `someone${index}@list${index % 97}.example`)
  const message = { ...READ.message, to, cc: to, subject: 'order '.repeat(20_000) }
  const mail = {
    recipients: to.slice(0, 100),
    attachmentOrigins: [],
    html: 'none',
    linkOrigins: [],
    texts: ['Your order left this morning. '.repeat(35_000)],
  } as const
  const words = (count: number): Scalar[] =>
    Array.from({ length: count }, (_, index) => text(`word${String(index).padStart(3, '0')}`))
  return [
    {
      name: '24 branches on a message to 4,000 addresses',
      token: largest(
        (n) =>
          checks(
            Array.from({ length: n }, (_, branch) =>
              contains(addresses(8, branch * 8), 'message_to'),
            ),
          ),
        24,
      ),
      action: { ...READ, message },
    },
    {
      name: '16 questions about 100 recipients, 2,000 participants',
      token: largest(
        (n) => ({
          facts: [],
          checks: Array.from({ length: n }, (_, check) => ({ queries: [beyond(check)] })),
        }),
        16,
      ),
      action: {
        operation: 'gmail.messages.reply',
        thread: { participants: to, answered: message },
        mail,
      },
    },
    {
      name: '16 questions about words, 1 MB of text',
      token: largest(
        (n) => ({
          facts: [],
          checks: Array.from({ length: n }, (_, check) => ({
            queries: [
              {
                predicates: [
                  { name: 'body_found', terms: [set(words(10 + check)), variable('found')] },
                ],
                expressions: [],
              },
            ],
          })),
        }),
        16,
      ),
      action: {
        operation: 'gmail.messages.reply',
        thread: { participants: to, answered: READ.message },
        mail,
      },
    },
  ]
}

function hold({ token, action = READ }: Hostile): {
  verdict: string
  first: number
  typical: number
} {
  const first = once(token, action)
  const later = Array.from({ length: RUNS }, () => once(token, action).milliseconds)
  return { verdict: first.verdict, first: first.milliseconds, typical: median(later) }
}

function once(token: string, action: GmailAction): { verdict: string; milliseconds: number } {
  const before = performance.now()
  const verdict = treat(token, action)
  return { verdict, milliseconds: performance.now() - before }
}

function treat(token: string, action: GmailAction): string {
  const result = verifyHere(token)
  if (!result.ok) return result.refusal.reason
  const { decision } = authorize(result.token, action, { now: NOW, audience: AUDIENCE })
  if (decision.allowed) return 'allowed'
  explainDenial(decision.denial, action)
  return `denied: ${decision.denial.reason}`
}

/** the library writes what our own encoder cannot say */
function appended(source: string): string {
  using key = PublicKey.fromBytes(rootPublicKey, ED25519)
  using token = Biscuit.fromBase64(mint().token, key)
  const builder = new BlockBuilder()
  builder.addCode(source)
  using longer = token.appendBlock(builder)
  return longer.toBase64()
}

/** a payload that our own writers would not make, signed as any holder can sign it */
function signed(token: string, payload: Uint8Array): string {
  const envelope = readTokenText(token)
  if (envelope.proof.type !== 'secret') throw new Error('a sealed token takes no block')
  return writeTokenText(extendEnvelope(envelope, payload, envelope.proof.secret))
}

/** a length-delimited field inside a field inside a field */
function nested(depth: number): Uint8Array {
  let bytes = Buffer.from([0x18, 3])
  for (let level = 0; level < depth; level += 1) bytes = Buffer.from(bytesField(4, bytes))
  return bytes
}

/** a fact whose name is symbol 2^64 - 1: the library traps on it, and every trap costs it memory */
function lastSymbol(): Uint8Array {
  const name = Buffer.concat([Buffer.from([8]), Buffer.alloc(9, 0xff), Buffer.from([1])])
  return Buffer.concat([Buffer.from([0x18, 3]), bytesField(4, bytesField(1, name))])
}

function checks(queries: readonly Query[]): Block {
  return { facts: [], checks: [{ queries }] }
}

/** no member is the one that is asked about: the whole set is searched, and the next branch has its turn */
function contains(members: readonly Scalar[], name: string): Query {
  return {
    predicates: [{ name, terms: [variable('x')] }],
    expressions: [operation(set(members), 'contains', variable('x'))],
  }
}

function addresses(count: number, from = 0): Scalar[] {
  return Array.from({ length: count }, (_, index) =>
    text(`a${String(from + index).padStart(4, '0')}@b.example`),
  )
}

/** `size` facts joined with themselves; the conditions hold for every pair but the last one asks */
function join(size: number, width: number, branches: number, conditions = 1): Block {
  const names = Array.from({ length: width }, (_, index) => `v${index}`)
  const query: Query = {
    predicates: names.map((name) => ({ name: 'f', terms: [variable(name)] })),
    expressions: Array.from({ length: conditions }, (_, index) =>
      operation(variable('v0'), index + 1 < conditions ? 'greaterOrEqual' : 'lessThan', number(0)),
    ),
  }
  return {
    facts: facts('f', size),
    checks: Array.from({ length: branches }, () => ({ queries: [query] })),
  }
}

function setJoin(size: number): Block {
  const rows = integers(size).map((value) => ({
    name: 's',
    terms: [set(integers(24, Number(value.value) * 24))],
  }))
  const query: Query = {
    predicates: ['a', 'b'].map((name) => ({ name: 's', terms: [variable(name)] })),
    expressions: [
      operation(variable('a'), 'heterogeneousEqual', set(integers(24, 1_000_000))),
      operation(variable('b'), 'contains', variable('a')),
    ],
  }
  return { facts: rows, checks: [{ queries: [query] }] }
}

function unions(size: number): Block {
  const whole: Expression = [
    { type: 'term', term: set(integers(size)) },
    { type: 'term', term: set(integers(size, 10_000)) },
    { type: 'binary', operator: 'union' },
    { type: 'term', term: set(integers(size, 10_000)) },
    { type: 'binary', operator: 'intersection' },
    { type: 'term', term: variable('x') },
    { type: 'binary', operator: 'contains' },
  ]
  return checks([
    { predicates: [{ name: 'message_age', terms: [variable('x')] }], expressions: [whole] },
  ])
}

function strings(size: number): Block {
  const long = `${'a'.repeat(1000)}b`
  const query: Query = {
    predicates: ['x', 'y'].map((name) => ({ name: 'f', terms: [variable(name)] })),
    expressions: [operation(text(long), 'contains', text(`${'a'.repeat(500)}c`))],
  }
  return { facts: facts('f', size), checks: [{ queries: [query] }] }
}

function beyond(seed: number): Query {
  return {
    predicates: [
      {
        name: 'recipients_beyond',
        terms: [
          text('participants'),
          set(addresses(2, seed * 2)),
          set([text('b.example')]),
          variable('rest'),
        ],
      },
    ],
    expressions: [],
  }
}

function operation(
  left: Term,
  operator: Extract<Expression[number], { type: 'binary' }>['operator'],
  right: Term,
): Expression {
  return [
    { type: 'term', term: left },
    { type: 'term', term: right },
    { type: 'binary', operator },
  ]
}
