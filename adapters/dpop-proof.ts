import { hash } from 'node:crypto'
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import { z } from 'zod'
import type { DpopNonces } from './dpop-nonces.ts'
import type { Refusal } from './refusal.ts'

/** RFC 9449 §5.1: asymmetric, and short enough that a proof is cheap to look at */
export const PROOF_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'] as const

/** a key that signed for exactly this request; whether the token wants that key is for the token's checks to say */
interface ProvenKey {
  /** RFC 7638 */
  readonly thumbprint: string
  readonly jti: string
}

export type ProofResult =
  { readonly ok: true; readonly key: ProvenKey } | { readonly ok: false; readonly refusal: Refusal }

/** what a proof must be about */
export interface ProvenRequest {
  readonly method: string
  /** public origin and path: never the Host header, which the sender chooses */
  readonly url: string
  readonly token: string
  /** milliseconds since 1970 */
  readonly now: number
  readonly nonces: DpopNonces
}

const MAX_PROOF_LENGTH = 4096
const MAX_AGE_MS = 60_000

/** both kinds of signature are 64 bytes */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
/** a key of a closed list, and nothing of it but what makes the public key: the rest is dropped */
const publicKey = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate }),
  z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: coordinate }),
])
const PRIVATE_MEMBERS = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'] as const

const protectedHeader = z.object({
  typ: z.literal('dpop+jwt'),
  alg: z.enum(PROOF_ALGORITHMS),
  jwk: z.looseObject({}).refine((jwk) => !PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))),
  // an extension that must be understood, and none is
  crit: z.undefined().optional(),
})

const claims = z.object({
  jti: z.string().min(1).max(256),
  htm: z.string().max(32),
  htu: z.string().max(MAX_PROOF_LENGTH),
  iat: z.number(),
  ath: z.string().length(43),
  nonce: z.string().max(256).optional(),
})

/**
 * RFC 9449 §4.3, cheapest first: size and shape, then what it is about, then when, and the signature last. That it was not
 * used before is asked afterwards, where all replicas can see it. Total: hostile input is refused, never thrown.
 */
export async function verifyProof(proof: string, request: ProvenRequest): Promise<ProofResult> {
  if (proof.length > MAX_PROOF_LENGTH) return invalid('proof_too_large', 'the proof is too long')
  if (!COMPACT.test(proof)) return invalid('proof_malformed', 'the proof is not a signed JWT')
  const [head = '', body = ''] = proof.split('.')
  const header = protectedHeader.safeParse(parseJson(head)).data
  const jwk = publicKey.safeParse(header?.jwk).data
  if (
    header === undefined ||
    jwk === undefined ||
    (jwk.kty === 'EC') !== (header.alg === 'ES256')
  ) {
    return invalid(
      'proof_malformed',
      `the proof needs the typ dpop+jwt, an alg of ${PROOF_ALGORITHMS.join(', ')} and the public key as jwk`,
    )
  }
  const claimed = claims.safeParse(parseJson(body)).data
  if (claimed === undefined) {
    return invalid('proof_malformed', 'the proof needs jti, htm, htu, iat and ath')
  }
  const mismatch = findMismatch(claimed, request)
  if (mismatch !== undefined) return mismatch
  try {
    await compactVerify(proof, await importJWK(jwk, header.alg), { algorithms: [header.alg] })
    return { ok: true, key: { thumbprint: await calculateJwkThumbprint(jwk), jti: claimed.jti } }
  } catch {
    return invalid('proof_signature', 'the signature of the proof is wrong')
  }
}

function findMismatch(
  { htm, htu, ath, iat, nonce }: z.output<typeof claims>,
  { method, url, token, now, nonces }: ProvenRequest,
): ProofResult | undefined {
  if (htm !== method) return invalid('proof_method', 'the proof is for another method')
  if (!isSameUrl(htu, url)) return invalid('proof_url', `the proof must be for ${url}`)
  if (ath !== hash('sha256', token, 'base64url')) {
    return invalid('proof_token', 'the proof is for another token')
  }
  if (nonce !== undefined) {
    // a nonce of ours says when the proof was made; the sender's clock need not be right then (RFC 9449 §4.3, item 11)
    if (nonces.accepts(nonce, now)) return undefined
    return useNonce('the nonce of the proof is not one of now: use the one in DPoP-Nonce')
  }
  if (nonces.required) return useNonce('the proof needs the nonce in DPoP-Nonce')
  if (Math.abs(now - iat * 1000) <= MAX_AGE_MS) return undefined
  return useNonce(
    'the proof is not of now: make one for each request, with the nonce in DPoP-Nonce',
  )
}

function isSameUrl(htu: string, url: string): boolean {
  if (htu === url) return true
  const wanted = normaliseUrl(url)
  return wanted !== undefined && normaliseUrl(htu) === wanted
}

/** RFC 9449 §4.3: without query and fragment, after the normalisation of RFC 3986 §6.2.2 and §6.2.3 */
function normaliseUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return undefined
  return url.origin + url.pathname.replace(/%[0-9A-Fa-f]{2}/g, normaliseEscape)
}

function normaliseEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase()
}

function parseJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

function invalid(reason: string, message: string): { ok: false; refusal: Refusal } {
  const refusal = { code: 'token_invalid', reason, message, proof: 'invalid_dpop_proof' } as const
  return { ok: false, refusal }
}

function useNonce(message: string): { ok: false; refusal: Refusal } {
  const refusal = {
    code: 'token_invalid',
    reason: 'proof_nonce',
    message,
    proof: 'use_dpop_nonce',
  } as const
  return { ok: false, refusal }
}
