import { isIP } from 'node:net'

/** who passkeys are for (WebAuthn §13.4.9): both parts come from the issuer and from no request */
export interface RelyingParty {
  readonly id: string
  readonly origin: string
}

/** undefined where browsers make no passkeys: at an address that is a number, and without encryption but on this machine */
export function toRelyingParty(issuer: string): RelyingParty | undefined {
  const { hostname, origin, protocol } = new URL(issuer)
  if (isIP(hostname.replaceAll(/^\[|\]$/gu, '')) !== 0) return undefined
  const local = hostname === 'localhost' || hostname.endsWith('.localhost')
  return protocol === 'https:' || local ? { id: hostname, origin } : undefined
}
