import { inspect } from '../capabilities/inspect.ts'
import { attenuate as attenuateUnknown } from '../capabilities/sdk.ts'
import type { Narrowing } from '../capabilities/vocabulary/capability.ts'
import { isFiltered } from '../capabilities/vocabulary/gmail.ts'
import { actionsOf } from './held-actions.ts'

/** when a narrowed token ends, at the latest */
export interface AttenuateOptions {
  /** seconds since 1970 */
  readonly expiresAt?: number | undefined
}

/**
 * A narrower token, made by its holder, offline: one customer, one task, ten minutes. What an entry leaves unsaid stays as
 * the token has it. The result can be handed on, and cannot be widened again. Needs Node.
 *
 * @throws CapabilityError `exceeds_grant`, saying what, when the entries ask for more than the token has;
 * `invalid_capability` for an entry outside the vocabulary; `invalid_token`, `sealed_token`, `token_too_large`
 * @example
 * const forThisTask = attenuate(
 *   token,
 *   [{ type: 'gmail', actions: ['messages.read'], from: { domains: ['acme.com'] } }],
 *   { expiresAt: Math.floor(Date.now() / 1000) + 600 },
 * )
 */
export function attenuate(
  token: string,
  capabilities: readonly Narrowing[],
  options: AttenuateOptions = {},
): string {
  return attenuateUnknown(token, capabilities, options)
}

/** how long a token for one conversation lives, at most */
export interface OneThreadOptions {
  /** 600 if not said; never longer than the token itself */
  readonly ttlSeconds?: number
  /** seconds since 1970, for tests; the clock if not said */
  readonly now?: number
}

/**
 * A token for one conversation and ten minutes: what a coordinator hands to a sub-agent. It keeps what the token may do in
 * a conversation, reading and replying, and loses everything else. Needs Node.
 *
 * @throws CapabilityError `exceeds_grant` when the token has no action in a conversation, or not this conversation
 * @example
 * const forSubAgent = oneThread(token, '18c2f0a1d2b3c4e5')
 */
export function oneThread(token: string, threadId: string, options: OneThreadOptions = {}): string {
  const { ttlSeconds = 600, now = Math.floor(Date.now() / 1000) } = options
  const { expiresAt: end } = inspect(token)
  const expiresAt = Math.min(now + ttlSeconds, end ?? Number.MAX_SAFE_INTEGER)
  const held = actionsOf(token).filter(isFiltered)
  // a token that holds neither is told so by the comparison, in its own words
  const actions = held.length > 0 ? held : (['messages.read'] as const)
  return attenuate(token, [{ type: 'gmail', actions, threads: [threadId] }], { expiresAt })
}
