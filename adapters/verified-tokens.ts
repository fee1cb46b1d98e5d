import { isKeyBound, verifyToken, type VerifiedToken } from '../capabilities/index.ts'
import type { RootKeys, SecondOpinion } from './ports.ts'
import type { Refusal } from './refusal.ts'

/** a token whose signatures both readers accepted */
export interface AcceptedToken {
  readonly token: VerifiedToken
  /** a cross-check found the readers disagree: from then on the action of a request needs both; rows of a list stay ours */
  suspect: boolean
  /** it wants a proof of possession */
  readonly bound: boolean
  /** operation name to the second, and the key if one was proved, for which it was last seen not refused whatever the facts */
  readonly openGates: Map<string, number | string>
}

export type Acceptance =
  | { readonly ok: true; readonly accepted: AcceptedToken }
  | { readonly ok: false; readonly refusal: Refusal }

export interface VerifiedTokensOptions {
  readonly rootKeys: RootKeys
  readonly secondOpinion: SecondOpinion
  readonly maxEntries?: number
  readonly maxBytes?: number
}

/** measured on tokens of one to six blocks: text, syntax tree and prepared program together, per character of text */
const BYTES_PER_CHARACTER = 16

/**
 * Verify once, decide often. Keyed by the exact text, because the bytes of a token are malleable and only the text that was
 * verified is the text that was accepted; good only while its root key is the trusted one. Decisions are never cached.
 *
 * Two generations instead of a list ordered by use: a hit costs one look-up, and whatever was not used while a whole
 * generation filled up is dropped.
 */
export class VerifiedTokens {
  readonly #options: VerifiedTokensOptions
  readonly #maxEntries: number
  readonly #maxCharacters: number
  readonly #pending: Map<string, Promise<Acceptance>> = new Map()
  #young: Map<string, AcceptedToken> = new Map()
  #old: Map<string, AcceptedToken> = new Map()
  #youngCharacters = 0

  constructor(options: VerifiedTokensOptions) {
    this.#options = options
    this.#maxEntries = Math.ceil((options.maxEntries ?? 10_000) / 2)
    this.#maxCharacters = (options.maxBytes ?? 32_000_000) / BYTES_PER_CHARACTER / 2
  }

  /** synchronous for a token seen before */
  accept(text: string): Acceptance | Promise<Acceptance> {
    const known = this.#find(text)
    if (known !== undefined && this.#isTrusted(known.token)) return { ok: true, accepted: known }
    return this.#pending.get(text) ?? this.#acceptNew(text)
  }

  #find(text: string): AcceptedToken | undefined {
    const young = this.#young.get(text)
    if (young !== undefined) return young
    const old = this.#old.get(text)
    if (old !== undefined) this.#keep(text, old)
    return old
  }

  /** a rotated or withdrawn root key takes its tokens with it */
  #isTrusted(token: VerifiedToken): boolean {
    const key = this.#options.rootKeys.find(token.rootKeyId)
    return key !== undefined && (key === token.rootPublicKey || isSameKey(key, token.rootPublicKey))
  }

  /** concurrent first sights of one token share one question to the second reader */
  #acceptNew(text: string): Acceptance | Promise<Acceptance> {
    const verified = verifyToken(text, this.#options.rootKeys)
    if (!verified.ok) return invalidToken(verified.refusal.reason, verified.refusal.detail)
    const asked = this.#askSecondReader(verified.token).finally(() => this.#pending.delete(text))
    this.#pending.set(text, asked)
    return asked
  }

  async #askSecondReader(token: VerifiedToken): Promise<Acceptance> {
    const verdict = await this.#options.secondOpinion.accepts(token.text, token.rootPublicKey)
    switch (verdict) {
      case 'unavailable':
        return { ok: false, refusal: secondReaderUnavailable }
      case 'refused':
        return invalidToken('second_reader_refused', 'the token is not accepted')
      case 'accepted': {
        const accepted = {
          token,
          suspect: false,
          bound: isKeyBound(token.blocks),
          openGates: new Map<string, number | string>(),
        }
        this.#keep(token.text, accepted)
        return { ok: true, accepted }
      }
    }
  }

  #keep(text: string, accepted: AcceptedToken): void {
    if (this.#young.size >= this.#maxEntries || this.#youngCharacters >= this.#maxCharacters) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCharacters = 0
    }
    this.#young.set(text, accepted)
    this.#youngCharacters += text.length
  }
}

export const secondReaderUnavailable: Refusal = {
  code: 'unavailable',
  message: 'the token could not be checked just now: try again',
  reason: 'second_reader_unavailable',
}

export function invalidToken(reason: string, detail: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code: 'token_invalid', message: detail, reason } }
}

function isSameKey(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
