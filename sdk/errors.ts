/** every way in which getting or using a token fails on the agent's side; what a front refuses is a `Denial` */
export type RemitErrorCode =
  /** the front or its authority cannot be found, or they do not name each other */
  | 'discovery_failed'
  /** the buyer refused, or the answer in the browser is not the one to this request */
  | 'authorization_failed'
  /** nothing was redeemed yet */
  | 'no_tokens'
  /** the grant was revoked or has ended: ask the buyer again */
  | 'consent_ended'
  /** the authority refused or could not be reached */
  | 'token_request_failed'
  /** the authority gave new tokens and the store did not take them; they are kept, and saved with the next call */
  | 'store_failed'
  /** a request that would have carried the token to another host */
  | 'foreign_origin'

/** `message` is safe to show; tokens and keys are never part of it */
export class RemitError extends Error {
  /** what a program decides on */
  readonly code: RemitErrorCode

  /** @internal */
  constructor(code: RemitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RemitError'
    this.code = code
  }
}
