/** every way in which a caller can misuse the core; a denial is not among them, a denial is a value */
export type CapabilityErrorCode =
  | 'invalid_capability'
  | 'exceeds_grant'
  | 'invalid_token'
  | 'sealed_token'
  | 'not_delegable'
  | 'invalid_block'
  | 'token_too_large'
  | 'invalid_key'
  | 'reader_not_started'

/** `message` is safe to show to whoever made the call; `cause` never is */
export class CapabilityError extends Error {
  readonly code: CapabilityErrorCode

  constructor(code: CapabilityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CapabilityError'
    this.code = code
  }
}
