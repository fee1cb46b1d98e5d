import type { JsonWebKey } from 'node:crypto'
import type { Envelope } from '../../../capabilities/token/envelope.ts'
import { signBytes, type KeyPair } from '../../../capabilities/token/keys.ts'
import { generateRootKey } from '../../../capabilities/token/mint.ts'
import {
  createEnvelope,
  extendEnvelope,
  externalBytes,
} from '../../../capabilities/token/signatures.ts'
import { readTokenText, writeTokenText } from '../../../capabilities/token/token-text.ts'
import { verifyToken, type VerifiedToken } from '../../../capabilities/token/verify.ts'
import type {
  BinaryOperator,
  Block,
  Check,
  Expression,
  ExpressionStep,
  Fact,
  Predicate,
  Query,
  Scalar,
  Term,
  UnaryOperator,
  Value,
} from '../../../capabilities/token/syntax.ts'

export const root: { id: number; publicKey: Uint8Array; privateKey: Uint8Array } = {
  id: 7,
  ...generateRootKey(),
}
export const rootKeys = {
  find: (id: number | undefined): Uint8Array | undefined =>
    id === root.id ? root.publicKey : undefined,
}

export const string = (value: string): Scalar => ({ type: 'string', value })
export const integer = (value: number): Scalar => ({ type: 'integer', value })
export const boolean = (value: boolean): Scalar => ({ type: 'boolean', value })
export const date = (value: number): Scalar => ({ type: 'date', value })
export const set = (...value: Scalar[]): Value => ({ type: 'set', value })
export const strings = (...values: string[]): Value => set(...values.toSorted().map(string))
export const variable = (name: string): Term => ({ type: 'variable', name })

export const fact = (name: string, ...terms: Value[]): Fact => ({ name, terms })
export const predicate = (name: string, ...terms: Term[]): Predicate => ({ name, terms })

export const term = (value: Term): ExpressionStep => ({ type: 'term', term: value })
export const binary = (left: Term, operator: BinaryOperator, right: Term): Expression => [
  term(left),
  term(right),
  { type: 'binary', operator },
]
export const unary = (operand: Term, operator: UnaryOperator): Expression => [
  term(operand),
  { type: 'unary', operator },
]

export const branch = (predicates: Predicate[], ...expressions: Expression[]): Query => ({
  predicates,
  expressions,
})
export const check = (...queries: Query[]): Check => ({ queries })
export const block = (facts: Fact[], ...checks: Check[]): Block => ({ facts, checks })

/** the start of every authority block, and the operation that the tests ask for */
export const granted: Fact[] = [
  fact('grant', string('g_1')),
  fact('client', string('agent')),
  fact('right', string('mail.read')),
  fact('right', string('mail.send')),
]
export const asked: Fact[] = [fact('op', string('mail.read'))]

export function verified(token: string): VerifiedToken {
  const result = verifyToken(token, rootKeys)
  if (!result.ok) throw new Error(`${result.refusal.reason}: ${result.refusal.detail}`)
  return result.token
}

/** what verifyToken says about a token, as one line */
export function refusalOf(token: string): string | undefined {
  const result = verifyToken(token, rootKeys)
  return result.ok ? undefined : `${result.refusal.reason}: ${result.refusal.detail}`
}

/** validly signed whatever is in it, as any holder can make it: admission has not been asked */
export function signed(first: Uint8Array, ...later: Uint8Array[]): string {
  return writeTokenText(signedEnvelope(first, ...later))
}

/** a third-party block with whatever is in it, validly signed by the key: as its owner and the token's holder can make it */
export function vouched(text: string, payload: Uint8Array, key: KeyPair): string {
  const envelope = readTokenText(text)
  const previous = envelope.blocks.at(-1)
  if (envelope.proof.type !== 'secret' || previous === undefined) throw new Error('sealed')
  const signature = signBytes(key.privateKey, externalBytes(payload, previous.signature))
  return writeTokenText(
    extendEnvelope(envelope, payload, envelope.proof.secret, {
      publicKey: key.publicKey,
      signature,
    }),
  )
}

/** a key pair as a JWK, for whoever signs with it */
export function toJwk({ publicKey, privateKey }: KeyPair): JsonWebKey & { kty: string } {
  const [x, d] = [publicKey, privateKey].map((half) => Buffer.from(half).toString('base64url'))
  return { kty: 'OKP', crv: 'Ed25519', x: x ?? '', d: d ?? '' }
}

export function signedEnvelope(first: Uint8Array, ...later: Uint8Array[]): Envelope {
  let envelope = createEnvelope(first, root)
  for (const payload of later) {
    if (envelope.proof.type !== 'secret') throw new Error('sealed')
    envelope = extendEnvelope(envelope, payload, envelope.proof.secret)
  }
  return envelope
}
