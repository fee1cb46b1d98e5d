/** every way in which a caller can misuse the core; a denial is not among them, a denial is a value */
export type CapabilityErrorCode =
  /** an entry or an end that is not in the vocabulary; the message names the path */
  | 'invalid_capability'
  /** asked for more than the token has; the message says what was asked and what is held */
  | 'exceeds_grant'
  /** not a token, or one that no front would read */
  | 'invalid_token'
  /** a sealed token takes no further block */
  | 'sealed_token'
  /** the token is not bound to the Ed25519 key that signs, or was delegated already */
  | 'not_delegable'
  /** Datalog outside the admission profile */
  | 'invalid_block'
  /** the token, or what the entries compile to, would be longer than a front reads */
  | 'token_too_large'
  /** a key of the wrong kind, or the wrong half of one */
  | 'invalid_key'
  /** a second reader was asked before it ran; never on an agent's side */
  | 'reader_not_started'

/** `message` is safe to show to whoever made the call; `cause` never is */
export class CapabilityError extends Error {
  /** what a program decides on */
  readonly code: CapabilityErrorCode

  /** @internal */
  constructor(code: CapabilityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CapabilityError'
    this.code = code
  }
}
