import { errors } from 'oidc-provider'
import { CapabilityError } from '../../capabilities/index.ts'

/** RFC 9396 §5: what a client proposes and we cannot grant is `invalid_authorization_details`, with the sentence that says why */
export function asOAuthErrors<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof CapabilityError)) throw cause
    throw new errors.InvalidAuthorizationDetails(cause.message, { cause })
  }
}
