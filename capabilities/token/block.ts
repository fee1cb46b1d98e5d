import { CapabilityError } from '../errors.ts'
import { concat, fromHex, toHex, toUtf8 } from './bytes.ts'
import { decodePublicKey, encodePublicKey } from './envelope.ts'
import {
  BINARY_OPERATORS,
  findBinaryOperator,
  findUnaryOperator,
  UNARY_OPERATORS,
} from './operators.ts'
import { bytesField, readMessage, varintField, type Message, type Shape } from './protobuf.ts'
import { Refused } from './refusal.ts'
import { SymbolTable } from './symbols.ts'
import type {
  Block,
  Check,
  Expression,
  ExpressionStep,
  Fact,
  Predicate,
  Query,
  Scalar,
  Term,
  Value,
} from './syntax.ts'
import { compareScalars, MAX_DATE, NAME_PATTERN } from './values.ts'

/**
 * Block bytes to syntax tree and back. The grammar is closed: what the tree cannot express is refused while reading.
 * Field numbers are those of the specification's schema.proto.
 */
const BLOCK: Shape = {
  1: 'bytes', // symbols
  2: 'bytes', // context
  3: 'varint', // version
  4: 'bytes', // facts
  5: 'bytes', // rules
  6: 'bytes', // checks
  7: 'bytes', // scopes
  8: 'bytes', // public keys
}
const FACT: Shape = { 1: 'bytes' }
const RULE: Shape = { 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes' }
const CHECK: Shape = { 1: 'bytes', 2: 'varint' }
const PREDICATE: Shape = { 1: 'varint', 2: 'bytes' }
const TERM: Shape = {
  1: 'varint', // variable
  2: 'varint', // integer
  3: 'varint', // string
  4: 'varint', // date
  5: 'bytes', // bytes
  6: 'varint', // boolean
  7: 'bytes', // set
  8: 'bytes', // null
  9: 'bytes', // array
  10: 'bytes', // map
}
const TERM_SET: Shape = { 1: 'bytes' }
const EXPRESSION: Shape = { 1: 'bytes' }
const STEP: Shape = { 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes' }
const OPERATOR: Shape = { 1: 'varint', 2: 'varint' }
const SCOPE: Shape = { 1: 'varint', 2: 'varint' }

const LOWEST_VERSION = 3n
const CHECK_KIND_VERSION = 4n
const SCOPE_VERSION = 4n
const THIRD_PARTY_VERSION = 5n
const LENIENT_EQUALITY_VERSION = 6n
const HIGHEST_VERSION = 6n

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const VARIABLE_PATTERN = /^[A-Za-z0-9_:]{1,64}$/

interface Context {
  readonly symbols: SymbolTable
  readonly version: bigint
  /** the one key that the block may declare, for its one `trusting` */
  readonly trusted: string | undefined
}

/** reads one first-party block and adds its symbols to the token's table; throws `Refused` */
export function decodeBlock(payload: Uint8Array, symbols: SymbolTable): Block {
  return readBlock(readMessage(payload, 'block', BLOCK), symbols)
}

/** a block that somebody else signed shares no table with the others: its strings are read on their own */
export function decodeThirdPartyBlock(payload: Uint8Array, publicKey: Uint8Array): Block {
  const message = readMessage(payload, 'block', BLOCK)
  if (message.varint(3) !== THIRD_PARTY_VERSION) throw notAdmitted('this version')
  return {
    ...readBlock(message, new SymbolTable()),
    signer: toHex(publicKey),
  }
}

function readBlock(message: Message, symbols: SymbolTable): Block {
  const version = message.varint(3)
  if (version < LOWEST_VERSION || version > HIGHEST_VERSION) throw notAdmitted('this version')
  if (message.repeatedBytes(5).length > 0) throw notAdmitted('rules')
  if (message.repeatedBytes(7).length > 0) throw notAdmitted('scopes of a whole block')
  if (message.optionalBytes(2) !== undefined) throw notAdmitted('a context')
  for (const symbol of message.repeatedBytes(1)) symbols.declare(toText(symbol))
  const context = { symbols, version, trusted: decodeTrusted(message) }
  const block = {
    facts: message.repeatedBytes(4).map((bytes) => decodeFact(bytes, context)),
    checks: message.repeatedBytes(6).map((bytes) => decodeCheck(bytes, context)),
  }
  if (context.trusted !== undefined && trustedBy(block).length === 0) {
    throw notAdmitted('a public key that no branch trusts')
  }
  return block
}

function decodeTrusted(message: Message): string | undefined {
  const [key, ...more] = message.repeatedBytes(8)
  if (key === undefined) return undefined
  if (more.length > 0) throw notAdmitted('several public keys')
  return toHex(decodePublicKey(key))
}

// a byte order mark is a character like any other: dropping it would make two strings one
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function toText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Refused('malformed', 'a symbol is not UTF-8')
  }
}

function decodeFact(bytes: Uint8Array, context: Context): Fact {
  const { name, terms } = decodePredicate(readMessage(bytes, 'fact', FACT).bytes(1), context)
  return {
    name,
    terms: terms.map((term) => {
      if (term.type === 'variable') throw notAdmitted('a fact with a variable')
      return term
    }),
  }
}

function decodeCheck(bytes: Uint8Array, context: Context): Check {
  const message = readMessage(bytes, 'check', CHECK)
  const kind = message.optionalVarint(2)
  if (kind !== undefined && kind !== 0n) throw notAdmitted('anything but `check if`')
  if (kind !== undefined && context.version < CHECK_KIND_VERSION) {
    throw new Refused('malformed', 'this version has no check kinds')
  }
  return { queries: message.repeatedBytes(1).map((query) => decodeQuery(query, context)) }
}

function decodeQuery(bytes: Uint8Array, context: Context): Query {
  const message = readMessage(bytes, 'query', RULE)
  const trusting = decodeScope(message.repeatedBytes(4), context)
  const head = decodePredicate(message.bytes(1), context, 0)
  if (head.name !== 'query' || head.terms.length > 0) {
    throw new Refused('malformed', 'query: unknown head')
  }
  return {
    predicates: message.repeatedBytes(2).map((predicate) => decodePredicate(predicate, context)),
    expressions: message.repeatedBytes(3).map((steps) => decodeExpression(steps, context)),
    ...(trusting !== undefined && { trusting }),
  }
}

/** `trusting` the declared key; neither `authority`, which is always seen here, nor `previous` */
function decodeScope(scopes: readonly Uint8Array[], context: Context): string | undefined {
  const [scope, ...more] = scopes
  if (scope === undefined) return undefined
  const { number, value } = readMessage(scope, 'scope', SCOPE).only()
  if (more.length > 0 || number !== 2) throw notAdmitted('`trusting` anything but one key')
  if (value !== 0n || context.trusted === undefined) {
    throw new Refused('malformed', 'scope: the key is not declared')
  }
  if (context.version < SCOPE_VERSION) {
    throw new Refused('malformed', 'this version has no `trusting`')
  }
  return context.trusted
}

function decodePredicate(bytes: Uint8Array, context: Context, minTerms = 1): Predicate {
  const message = readMessage(bytes, 'predicate', PREDICATE)
  const name = context.symbols.find(message.varint(1))
  if (!NAME_PATTERN.test(name)) throw notAdmitted('this predicate name')
  const terms = message.repeatedBytes(2)
  if (terms.length < minTerms) throw notAdmitted('a predicate without terms')
  return { name, terms: terms.map((term) => decodeTerm(term, context)) }
}

function decodeTerm(bytes: Uint8Array, context: Context): Term {
  const { number, value } = readMessage(bytes, 'term', TERM).only()
  if (number === 1 && typeof value === 'bigint') {
    const name = context.symbols.find(value)
    if (!VARIABLE_PATTERN.test(name)) throw notAdmitted('this variable name')
    return { type: 'variable', name }
  }
  if (number === 7 && typeof value !== 'bigint') return decodeSet(value, context)
  if (typeof value === 'bigint') return decodeScalar(number, value, context)
  throw notAdmitted('bytes, null, arrays and maps')
}

function decodeScalar(number: number, value: bigint, context: Context): Scalar {
  switch (number) {
    case 2:
      return { type: 'integer', value: toSafeInteger(BigInt.asIntN(64, value)) }
    case 3:
      return { type: 'string', value: context.symbols.find(value) }
    case 4:
      if (value > BigInt(MAX_DATE)) throw notAdmitted('a date after the year 9999')
      return { type: 'date', value: Number(value) }
    default:
      if (value > 1n) throw new Refused('malformed', 'term: a boolean is 0 or 1')
      return { type: 'boolean', value: value === 1n }
  }
}

/** the engine has 64 bits, JavaScript 53: a number the two readers could read differently is refused */
function toSafeInteger(value: bigint): number {
  if (value > MAX_SAFE || value < -MAX_SAFE) throw notAdmitted('an integer beyond 2^53')
  return Number(value)
}

function decodeSet(bytes: Uint8Array, context: Context): Value {
  const members = readMessage(bytes, 'set', TERM_SET)
    .repeatedBytes(1)
    .map((member) => {
      // read here, not by `decodeTerm`: sets in sets would be a way to exhaust the stack
      const { number, value } = readMessage(member, 'term', TERM).only()
      if (number === 1 || typeof value !== 'bigint') {
        throw notAdmitted('a set of anything but plain values')
      }
      return decodeScalar(number, value, context)
    })
    .toSorted(compareScalars)
  members.forEach((member, index) => {
    const previous = members[index - 1]
    if (previous === undefined) return
    if (previous.type !== member.type) throw notAdmitted('a set of several types')
    if (previous.value === member.value) throw new Refused('malformed', 'a set repeats a member')
  })
  return { type: 'set', value: members }
}

function decodeExpression(bytes: Uint8Array, context: Context): Expression {
  return readMessage(bytes, 'expression', EXPRESSION)
    .repeatedBytes(1)
    .map((step) => decodeStep(step, context))
}

function decodeStep(bytes: Uint8Array, context: Context): ExpressionStep {
  const { number, value } = readMessage(bytes, 'operation', STEP).only()
  if (typeof value === 'bigint' || number === 4) throw notAdmitted('closures')
  if (number === 1) return { type: 'term', term: decodeTerm(value, context) }
  const message = readMessage(value, 'operator', OPERATOR)
  if (message.optionalVarint(2) !== undefined) throw notAdmitted('foreign functions')
  if (number === 2) {
    const operator = findUnaryOperator(message.varint(1))
    if (operator === undefined) throw notAdmitted('this operator')
    return { type: 'unary', operator }
  }
  const operator = findBinaryOperator(message.varint(1))
  if (operator === undefined) throw notAdmitted('this operator')
  if (operator === 'heterogeneousEqual' && context.version < LENIENT_EQUALITY_VERSION) {
    throw new Refused('malformed', 'this version has no `==`')
  }
  return { type: 'binary', operator }
}

function notAdmitted(what: string): Refused {
  return new Refused('not_admitted', `${what}: not admitted, only facts and plain \`check if\``)
}

/**
 * Writes a first-party block under the lowest version of the format that has all it uses, and adds new strings to the token's table.
 * The caller puts the bytes through admission before anything is signed.
 */
export function encodeBlock(block: Block, symbols: SymbolTable): Uint8Array {
  return writeBlock(block, symbols, versionOf(block))
}

/** what a third party signs: its strings stand in a table of their own, whichever token it is for */
export function encodeThirdPartyBlock(block: Omit<Block, 'signer'>): Uint8Array {
  return writeBlock(block, new SymbolTable(), THIRD_PARTY_VERSION)
}

function writeBlock(block: Block, symbols: SymbolTable, version: bigint): Uint8Array {
  const known = symbols.size
  const facts = block.facts.map((fact) =>
    bytesField(4, bytesField(1, encodePredicate(fact, symbols))),
  )
  const checks = block.checks.map((check) => bytesField(6, encodeCheck(check, symbols)))
  const declared = symbols.since(known).map((symbol) => bytesField(1, encodeText(symbol)))
  const keys = trustedBy(block).map((key) => bytesField(8, encodePublicKey(key)))
  return concat([...declared, varintField(3, version), ...facts, ...checks, ...keys])
}

function versionOf(block: Block): bigint {
  if (usesLenientEquality(block)) return LENIENT_EQUALITY_VERSION
  return trustedBy(block).length > 0 ? SCOPE_VERSION : LOWEST_VERSION
}

function trustedBy(block: Block): Uint8Array[] {
  const keys = queriesOf(block).flatMap(({ trusting }) => trusting ?? [])
  if (new Set(keys).size > 1) throw invalid('a block trusts one key')
  return keys.slice(0, 1).map((key) => fromHex(key))
}

function queriesOf(block: Block): Query[] {
  return block.checks.flatMap((check) => check.queries)
}

function usesLenientEquality(block: Block): boolean {
  return queriesOf(block)
    .flatMap((query) => query.expressions)
    .flat()
    .some((step) => step.type === 'binary' && step.operator === 'heterogeneousEqual')
}

/** a lone surrogate would be written as U+FFFD, and two different strings become one */
function encodeText(text: string): Uint8Array {
  if (!text.isWellFormed()) throw invalid('a string has a lone surrogate')
  return toUtf8(text)
}

function encodeCheck(check: Check, symbols: SymbolTable): Uint8Array {
  return concat(check.queries.map((query) => bytesField(1, encodeQuery(query, symbols))))
}

function encodeQuery(query: Query, symbols: SymbolTable): Uint8Array {
  return concat([
    bytesField(1, varintField(1, symbols.intern('query'))),
    ...query.predicates.map((predicate) => bytesField(2, encodePredicate(predicate, symbols))),
    ...query.expressions.map((steps) => bytesField(3, encodeExpression(steps, symbols))),
    // the one key of the block, so it is the first of its table
    ...(query.trusting === undefined ? [] : [bytesField(4, varintField(2, 0))]),
  ])
}

function encodePredicate(predicate: Predicate, symbols: SymbolTable): Uint8Array {
  return concat([
    varintField(1, symbols.intern(predicate.name)),
    ...predicate.terms.map((term) => bytesField(2, encodeTerm(term, symbols))),
  ])
}

function encodeExpression(steps: Expression, symbols: SymbolTable): Uint8Array {
  return concat(steps.map((step) => bytesField(1, encodeStep(step, symbols))))
}

function encodeStep(step: ExpressionStep, symbols: SymbolTable): Uint8Array {
  switch (step.type) {
    case 'term':
      return bytesField(1, encodeTerm(step.term, symbols))
    case 'unary':
      return bytesField(2, varintField(1, operatorNumber(UNARY_OPERATORS.get(step.operator))))
    case 'binary':
      return bytesField(3, varintField(1, operatorNumber(BINARY_OPERATORS.get(step.operator))))
  }
}

function operatorNumber(number: number | undefined): number {
  if (number === undefined) throw invalid('unknown operator')
  return number
}

function encodeTerm(term: Term, symbols: SymbolTable): Uint8Array {
  switch (term.type) {
    case 'variable':
      return varintField(1, symbols.intern(term.name))
    case 'integer':
      return varintField(2, safeInteger(term.value))
    case 'string':
      return varintField(3, symbols.intern(term.value))
    case 'date':
      if (term.value < 0) throw invalid('a date is not before 1970')
      return varintField(4, safeInteger(term.value))
    case 'boolean':
      return varintField(6, term.value ? 1 : 0)
    case 'set':
      return bytesField(7, encodeSet(term.value, symbols))
  }
}

function encodeSet(members: readonly Scalar[], symbols: SymbolTable): Uint8Array {
  return concat(members.map((member) => bytesField(1, encodeTerm(member, symbols))))
}

function safeInteger(value: number): number {
  if (!Number.isSafeInteger(value)) throw invalid('a number is not a safe integer')
  return value
}

function invalid(detail: string): CapabilityError {
  return new CapabilityError('invalid_block', `block: ${detail}`)
}
