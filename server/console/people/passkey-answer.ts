import {
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import { z } from 'zod'
import type { Passkey, NewPasskey } from './passkeys.ts'
import type { RelyingParty } from './relying-party.ts'

/** what a browser says that an authenticator signed: nothing in it is known to be true */
export type UnverifiedAssertion = AuthenticationResponseJSON
export type UnverifiedRegistration = RegistrationResponseJSON

const MAX_CHARS = 16_384
const base64url = z.string().regex(/^[\w-]{1,8192}$/u)
const frame = {
  id: z.string().regex(/^[\w-]{1,1400}$/u),
  rawId: z.string(),
  type: z.literal('public-key'),
}

const assertionSchema = z.object({
  ...frame,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.optional(),
  }),
})

const registrationSchema = z.object({
  ...frame,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/u))
      .max(8)
      .default([]),
  }),
})

export function readAssertion(text: string): UnverifiedAssertion | undefined {
  const read = assertionSchema.safeParse(parse(text))
  if (!read.success) return undefined
  const { userHandle, ...response } = read.data.response
  return {
    ...read.data,
    response: { ...response, ...(userHandle !== undefined && { userHandle }) },
    clientExtensionResults: {},
  }
}

export function readRegistration(text: string): UnverifiedRegistration | undefined {
  const read = registrationSchema.safeParse(parse(text))
  return read.success ? { ...read.data, clientExtensionResults: {} } : undefined
}

function parse(text: string): unknown {
  if (text.length > MAX_CHARS) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export interface Ceremony {
  readonly relyingParty: RelyingParty
  /** whether this challenge was given to whoever answers, and not answered before */
  readonly useChallenge: (challenge: string) => Promise<boolean>
}

/**
 * WebAuthn §7.2: the counter that the authenticator gave, or undefined if the assertion is not what we asked for, where we
 * asked, of the passkey's owner. The counter is held against the last one by `countUse`, after the signature: anybody can
 * write a number.
 */
export async function verifyAssertion(
  assertion: UnverifiedAssertion,
  passkey: Passkey,
  { relyingParty, useChallenge }: Ceremony,
): Promise<{ readonly counter: number } | undefined> {
  const { userHandle, clientDataJSON } = assertion.response
  if (userHandle !== undefined && userHandle !== toUserHandle(passkey.buyerId)) return undefined
  const challenge = challengeOf(clientDataJSON)
  if (challenge === undefined || !(await useChallenge(challenge))) return undefined
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: assertion,
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      credential: { id: passkey.credentialId, publicKey: passkey.publicKey, counter: 0 },
      requireUserVerification: true,
    })
    return verified ? { counter: authenticationInfo.newCounter } : undefined
  } catch {
    // the library throws for whatever does not fit, and quotes it: nothing of that is repeated
    return undefined
  }
}

/** WebAuthn §7.1 */
export async function verifyRegistration(
  registration: UnverifiedRegistration,
  { relyingParty, useChallenge }: Ceremony,
): Promise<NewPasskey | undefined> {
  const challenge = challengeOf(registration.response.clientDataJSON)
  if (challenge === undefined || !(await useChallenge(challenge))) return undefined
  try {
    if (!isPlainlyAttested(registration)) return undefined
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: registration,
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    })
    if (!verified) return undefined
    const { credential, credentialDeviceType } = registrationInfo
    return {
      credentialId: credential.id,
      publicKey: credential.publicKey,
      counter: credential.counter,
      transports: registration.response.transports ?? [],
      deviceBound: credentialDeviceType === 'singleDevice',
    }
  } catch {
    return undefined
  }
}

/** EdDSA, ES256, RS256 */
export const ALGORITHMS: readonly number[] = [-8, -7, -257]

/** a passkey's user handle says whose it is without saying who she is */
export function toUserHandle(buyerId: string): string {
  return Buffer.from(buyerId).toString('base64url')
}

/** our pages are in no frame (`frame-ancestors 'none'`): what was signed in one was not signed on them */
const clientDataSchema = z.object({
  challenge: z.string().regex(/^[\w-]{43}$/u),
  crossOrigin: z.literal(false).optional(),
})

function challengeOf(clientDataJSON: string): string | undefined {
  const data = parse(Buffer.from(clientDataJSON, 'base64url').toString())
  return clientDataSchema.safeParse(data).data?.challenge
}

/**
 * We asked for no attestation. A certificate in one would have its own revocation list fetched, from an address that it names:
 * whoever makes the certificate would choose where this server asks.
 */
function isPlainlyAttested({ response }: UnverifiedRegistration): boolean {
  const object = decodeAttestationObject(
    new Uint8Array(Buffer.from(response.attestationObject, 'base64url')),
  )
  const format = object.get('fmt')
  return (
    format === 'none' || (format === 'packed' && object.get('attStmt').get('x5c') === undefined)
  )
}
