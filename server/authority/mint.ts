import {
  compileGrant,
  mintToken,
  type Capability,
  type MintedToken,
} from '../../capabilities/index.ts'
import type { AuthorityKeys } from './options.ts'

interface FrontTokenContent {
  readonly grantId: string
  readonly clientId: string
  readonly audience: string
  /** seconds since 1970 */
  readonly expiresAt: number
  readonly keyThumbprint?: string | undefined
  readonly delegationKey?: Uint8Array | undefined
  readonly capabilities: readonly Capability[]
}

export function mintFrontToken(
  keys: Pick<AuthorityKeys, 'currentRoot'>,
  content: FrontTokenContent,
): MintedToken {
  return mintToken(compileGrant(content), keys.currentRoot())
}

/** @throws CapabilityError when no token can say all of this */
export function assertMintable(audience: string, capabilities: readonly Capability[]): void {
  compileGrant({ grantId: '', clientId: '', audience, expiresAt: 1, capabilities })
}
