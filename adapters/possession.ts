import { admitsKey } from '../capabilities/index.ts'
import { verifyProof } from './dpop-proof.ts'
import { schemeOf } from './presented-token.ts'
import { acceptedToken, type Progress } from './progress.ts'
import type { Refusal } from './refusal.ts'
import type { Snapshot } from './snapshot.ts'
import { invalidToken } from './verified-tokens.ts'

/**
 * RFC 9449 §7: a token that speaks of a key comes as `DPoP` with one proof, any other as `Bearer`. Which it is stands in the
 * verified token itself, so nothing that a thief leaves out of a request makes a bound token a bearer token.
 *
 * INVARIANT: no wait for a token that is not bound.
 */
export function provePossession(
  progress: Progress,
  snapshot: Snapshot,
): Refusal | undefined | Promise<Refusal | undefined> {
  const { bound } = acceptedToken(progress)
  const withProof = schemeOf(snapshot.headers.authorization[0] ?? '') === 'dpop'
  if (!bound) return withProof ? notBound : undefined
  return withProof ? proveKey(progress, snapshot) : unproven
}

const notBound = invalidToken(
  'not_bound',
  'this token is bound to no key: send it as `Authorization: Bearer`, or ask for one that is',
).refusal

const unproven = invalidToken(
  'key',
  'this token is bound to a key: send it as `Authorization: DPoP` with a proof in the header `DPoP`',
).refusal

async function proveKey(progress: Progress, snapshot: Snapshot): Promise<Refusal | undefined> {
  const { pipeline, now } = progress
  const [proof, ...others] = snapshot.headers.dpop
  if (proof === undefined || others.length > 0) return notOneProof
  const verified = await verifyProof(proof, {
    method: snapshot.method,
    url: pipeline.audience + snapshot.path,
    token: acceptedToken(progress).token.text,
    now,
    nonces: pipeline.dpopNonces,
  })
  if (!verified.ok) return verified.refusal
  const { thumbprint, jti } = verified.key
  progress.request = { ...progress.request, key: thumbprint }
  // anybody can make keys, and a proof with each: what is not of the token's key leaves nothing in the store
  if (!admitsKey(acceptedToken(progress).token, thumbprint)) return otherKey
  const refusal = await claim(progress, thumbprint, jti)
  if (refusal === undefined) progress.keyThumbprint = thumbprint
  return refusal
}

const otherKey = invalidToken(
  'key',
  'this access is bound to a key that the request did not prove',
).refusal

const notOneProof: Refusal = {
  code: 'token_invalid',
  reason: 'not_one_proof',
  message: 'send exactly one proof, in one header `DPoP`',
  proof: 'invalid_dpop_proof',
}

const replayed: Refusal = {
  code: 'token_invalid',
  reason: 'proof_replayed',
  message: 'the proof was used before: make one for each request',
  proof: 'invalid_dpop_proof',
}

const proofsUnavailable: Refusal = {
  code: 'unavailable',
  reason: 'proofs_unavailable',
  message: 'whether the proof was used before can not be checked just now: try again',
}

/** fail closed: a store that does not answer may have seen the proof at another replica */
async function claim(
  { id, pipeline: { ports } }: Progress,
  thumbprint: string,
  jti: string,
): Promise<Refusal | undefined> {
  try {
    return (await ports.usedProofs.claim(thumbprint, jti)) ? undefined : replayed
  } catch (error) {
    const text = error instanceof Error ? error.message : typeof error
    ports.log({ event: 'proofs_unavailable', decisionId: id, error: text })
    return proofsUnavailable
  }
}
