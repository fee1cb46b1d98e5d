import { revocationIdsOf } from './envelope.ts'
import { findExpiry } from './expiry.ts'
import { assertBoundKey } from './keys.ts'
import { prepare, type Program } from './program.ts'
import { attempt, Refused, type TokenRefusal } from './refusal.ts'
import { isAuthentic } from './signatures.ts'
import type { Block } from './syntax.ts'
import { readToken } from './unverified.ts'

/** every signature holds under a root key we trust, and every block is admitted */
export interface VerifiedToken {
  readonly text: string
  readonly rootKeyId: number | undefined
  readonly rootPublicKey: Uint8Array
  readonly blocks: readonly Block[]
  /** hex, authority block first: the token's identity, in records and revocations */
  readonly revocationIds: readonly string[]
  readonly grantId: string
  readonly clientId: string | undefined
  /** seconds since 1970; the earliest bound any block sets, for caches and display only: checks decide */
  readonly expiresAt: number | undefined
  /** the blocks prepared for `evaluate` */
  readonly program: Program
}

export interface RootKeyLookup {
  find(rootKeyId: number | undefined): Uint8Array | undefined
}

export type VerifyResult =
  | { readonly ok: true; readonly token: VerifiedToken }
  | { readonly ok: false; readonly refusal: TokenRefusal }

export function verifyToken(text: string, rootKeys: RootKeyLookup): VerifyResult {
  const verified = attempt(() => {
    const { envelope, blocks } = readToken(text)
    assertBoundKey(blocks)
    const grantId = findName('grant', blocks)
    if (grantId === undefined) throw new Refused('not_admitted', 'block 0: no `grant` fact')
    const clientId = findName('client', blocks)
    const rootPublicKey = rootKeys.find(envelope.rootKeyId)
    if (rootPublicKey === undefined) {
      throw new Refused('unknown_key', 'the token names no root key that is trusted here')
    }
    if (!isAuthentic(envelope, rootPublicKey)) {
      throw new Refused('bad_signature', 'a signature of the token is wrong')
    }
    return {
      text,
      rootKeyId: envelope.rootKeyId,
      rootPublicKey,
      blocks,
      revocationIds: revocationIdsOf(envelope),
      grantId,
      clientId,
      expiresAt: findExpiry(blocks),
      program: prepare(blocks),
    }
  })
  return verified.ok ? { ok: true, token: verified.value } : verified
}

/** the one string of a fact that block 0 carries at most once */
function findName(name: string, [authority]: readonly Block[]): string | undefined {
  const found = (authority?.facts ?? []).filter((fact) => fact.name === name)
  if (found.length === 0) return undefined
  const [term, ...others] = found[0]?.terms ?? []
  if (found.length > 1 || others.length > 0 || term?.type !== 'string') {
    throw new Refused('not_admitted', `block 0: \`${name}\` is one fact with one string`)
  }
  return term.value
}
