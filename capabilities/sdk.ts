import { findNarrowingExcess } from './compare.ts'
import { compileAttenuation } from './compile.ts'
import { CapabilityError } from './errors.ts'
import { readHeld } from './held.ts'
import { findEnd, readUnverified } from './inspect.ts'
import { parseNarrowing } from './parse.ts'
import { appendBlock, appendDelegation } from './token/attenuate.ts'
import { toDelegator, toThumbprint, type HolderKey } from './token/holder-key.ts'
import type { Block } from './token/syntax.ts'
import type { Narrowing } from './vocabulary/capability.ts'
import { instantWords, toInstant } from './vocabulary/expiry.ts'

/**
 * A narrower token, made by its holder, offline: one thread, one task, ten minutes. What an entry leaves unsaid stays as the
 * token has it. The result can be handed on; it cannot be widened again.
 *
 * @throws CapabilityError `invalid_capability` for an entry outside the vocabulary, `exceeds_grant` for asking more than the
 * token has, `invalid_token`, `sealed_token`, `token_too_large`
 * @example
 * const entries = [{ type: 'gmail', actions: ['messages.reply'], threads: ['18c2f0a1'] }]
 * const forThisTask = attenuate(token, entries, { expiresAt: Math.floor(Date.now() / 1000) + 600 })
 */
export function attenuate(
  token: string,
  entries: unknown,
  options: { readonly expiresAt?: number | undefined } = {},
): string {
  const { unverifiedBlocks: blocks } = readUnverified(token)
  const narrowings = isEmptyList(entries) ? [] : parseNarrowing(entries)
  assertInside(narrowings, blocks)
  assertSooner(options.expiresAt, blocks)
  return appendBlock(token, compileAttenuation(narrowings, options)).token
}

/** to which key a token goes, who signs for that, and what it loses on the way */
export interface DelegateOptions {
  /** the sub-agent's DPoP key, of any kind; its private half stays where it is */
  readonly publicKey: HolderKey
  /** the private Ed25519 key that the token is bound to */
  readonly signWith: HolderKey
  /** narrows in the same call, as `attenuate` does */
  readonly entries?: unknown
  /** seconds since 1970 */
  readonly expiresAt?: number | undefined
}

/**
 * The token for another key, offline: a sub-agent with a DPoP key of its own gets it, and nobody else can use it, the
 * delegating agent included. A sub-agent that shares this agent's key needs no delegation: `attenuate` is for that. A
 * delegated token can be narrowed on, but not handed on to a third key.
 *
 * @throws CapabilityError `not_delegable` when the token is not bound to an Ed25519 key or was delegated already,
 * `invalid_key`, and what `attenuate` throws
 * @example
 * const own = await generateProofKey({ delegable: true }) // the key that the token is bound to
 * const helper = await generateProofKey() // made by the sub-agent, who tells the public half
 * const forHelper = delegate(token, {
 *   publicKey: helper.publicKey,
 *   signWith: own.privateKey,
 *   entries: [{ type: 'gmail', actions: ['messages.reply'], threads: ['18c2f0a1d2b3c4e5'] }],
 * })
 */
export function delegate(token: string, options: DelegateOptions): string {
  const { entries, expiresAt } = options
  const delegator = toDelegator(options.signWith)
  const thumbprint = toThumbprint(options.publicKey)
  // narrowed first: what the key then signs names the narrowed token, and no wider one
  const narrows = expiresAt !== undefined || !isEmptyList(entries)
  const narrowed = narrows ? attenuate(token, entries, { expiresAt }) : token
  return appendDelegation(narrowed, thumbprint, delegator).token
}

/** only the expiry may be narrowed alone */
function isEmptyList(entries: unknown): boolean {
  return entries === undefined || (Array.isArray(entries) && entries.length === 0)
}

/**
 * A block that asks for more would change nothing, but whoever wrote it believes otherwise: say so before any request does.
 * Every block is compared on its own, because each of them has to agree.
 */
function assertInside(narrowings: readonly Narrowing[], blocks: readonly Block[]): void {
  for (const block of blocks) {
    const entries = readHeld(block)
    const excesses = narrowings.flatMap(
      (one) => (entries && findNarrowingExcess(one, entries)) ?? [],
    )
    if (excesses.length > 0) throw new CapabilityError('exceeds_grant', excesses[0] ?? '')
  }
}

function assertSooner(expiresAt: number | undefined, blocks: readonly Block[]): void {
  if (expiresAt === undefined) return
  if (!Number.isFinite(expiresAt) || expiresAt < 0) {
    throw new CapabilityError('invalid_capability', 'expiresAt: expected seconds since 1970')
  }
  const end = findEnd(blocks)
  if (end !== undefined && expiresAt > end) {
    throw new CapabilityError(
      'exceeds_grant',
      `expiresAt: the token ends ${instantWords(toInstant(end))}`,
    )
  }
}
