import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import { ALGORITHMS, toUserHandle } from './passkey-answer.ts'
import type { ListedPasskey } from './passkeys.ts'
import type { RelyingParty } from './relying-party.ts'

const TIMEOUT_MS = 5 * 60_000

/** without `passkeys`: whichever this browser has for us, so that the page tells nobody which exist */
export function toRequestOptions(
  { id }: RelyingParty,
  challenge: string,
  passkeys: readonly ListedPasskey[] = [],
): PublicKeyCredentialRequestOptionsJSON {
  return {
    challenge,
    rpId: id,
    timeout: TIMEOUT_MS,
    userVerification: 'required',
    allowCredentials: passkeys.map(toDescriptor),
  }
}

/** one that can be found again without her address, and that never answers to a mere touch */
export function toCreationOptions(
  { id }: RelyingParty,
  challenge: string,
  buyer: { readonly id: string; readonly email: string },
  existing: readonly ListedPasskey[] = [],
): PublicKeyCredentialCreationOptionsJSON {
  return {
    challenge,
    rp: { id, name: 'Remit' },
    user: { id: toUserHandle(buyer.id), name: buyer.email, displayName: buyer.email },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: TIMEOUT_MS,
    excludeCredentials: existing.map(toDescriptor),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
  }
}

function toDescriptor({ credentialId, transports }: ListedPasskey): {
  id: string
  type: 'public-key'
  transports: string[]
} {
  return { id: credentialId, type: 'public-key', transports: [...transports] }
}
