import { acceptedToken, type Progress } from './progress.ts'
import type { Refusal } from './refusal.ts'
import { invalidToken } from './verified-tokens.ts'

/**
 * Asked again after every wait: a body may trickle and a provider be slow, and what stood when the request came may have been
 * revoked or have expired meanwhile. Fail closed: a feed that has not been confirmed lately may have missed a revocation.
 */
export function checkStanding(progress: Progress): Refusal | undefined {
  const { revocations, now } = progress.pipeline.ports
  const { token } = acceptedToken(progress)
  progress.now = now()
  if (token.expiresAt !== undefined && progress.now / 1000 >= token.expiresAt) {
    return invalidToken('expired', 'the token has expired').refusal
  }
  if (!revocations.isFresh()) {
    return {
      code: 'unavailable',
      message: 'revocations can not be checked just now: try again',
      reason: 'revocations_stale',
    }
  }
  if (revocations.isRevoked(token.revocationIds, token.grantId)) {
    return invalidToken('revoked', 'the token was revoked').refusal
  }
  return revocations.isPaused(token.grantId) ? paused : undefined
}

/** not a bad token: an agent that threw it away could not go on when the grant is resumed */
const paused: Refusal = {
  code: 'denied',
  message:
    'this grant is paused by the person who gave it: keep the token, and try again when it is resumed',
  reason: 'paused',
}
