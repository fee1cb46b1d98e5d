import { decodeProtectedHeader } from 'jose'
import { findEd25519, toThumbprint, type Jwk } from '../../capabilities/index.ts'

/**
 * The Ed25519 key that the library has just bound a token to, if it is one: its holder can then delegate the token offline.
 * The library keeps the thumbprint only, so the key is read from the proof again. Nothing is taken on trust: a key whose
 * thumbprint is the bound one is the key that was bound, and with any other the token stays bound and not delegable.
 */
export function findBoundKey(
  proof: string,
  thumbprint: string | undefined,
): Uint8Array | undefined {
  if (thumbprint === undefined) return undefined
  const jwk = findJwk(proof)
  const key = jwk && findEd25519(jwk)
  if (jwk === undefined || key === undefined) return undefined
  return toThumbprint(jwk) === thumbprint ? key : undefined
}

function findJwk(proof: string): Jwk | undefined {
  try {
    return decodeProtectedHeader(proof).jwk
  } catch {
    return undefined
  }
}
