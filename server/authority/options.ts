import type { Kysely } from 'kysely'
import type Koa from 'koa'
import type { JWK } from 'jose'
import type { ClientMetadata, Configuration, Provider } from 'oidc-provider'
import type { RootKeys } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import type { Front } from './fronts.ts'

/** what the authority needs of the key store; every private key stays behind it */
export interface AuthorityKeys {
  readonly rootKeys: RootKeys
  currentRoot(): { readonly id: number; readonly privateKey: Uint8Array }
  /** private OIDC keys: the first one for an algorithm signs, the rest are published */
  oidcJwks(): Promise<{ keys: JWK[] }>
  /** the body of `/.well-known/biscuit-web-keys` */
  webKeys(): unknown
}

/** derived from the master key, so that all replicas share them */
interface AuthoritySecrets {
  /** newest first; an older key still verifies cookies it signed */
  readonly cookieKeys: readonly string[]
  readonly dpopNonce: Buffer
  readonly attestationChallenge: Buffer
}

export type AuthorityEvent =
  | {
      readonly event: 'authority_error'
      readonly route: string | undefined
      readonly error: string
    }
  | {
      readonly event: 'authority_refusal'
      readonly route: string | undefined
      readonly error: string
      readonly detail: string | undefined
    }

export interface AuthorityOptions {
  readonly issuer: string
  readonly db: Kysely<Database>
  readonly keys: AuthorityKeys
  readonly secrets: AuthoritySecrets
  readonly fronts: readonly Front[]
  log(event: AuthorityEvent): void
  /** true only behind a proxy that sets x-forwarded-*: they are then believed from anybody who can connect */
  readonly behindProxy?: boolean
  /** for client metadata documents and client key sets; the default refuses special-use addresses */
  readonly fetch?: NonNullable<Configuration['fetch']>
  /** clients known to the operator; only they may introspect tokens that are not their own */
  readonly clients?: readonly ClientMetadata[]
  /** issuers of client attestations and their public keys; none: the feature is off */
  readonly attestors?: Readonly<Record<string, JWK>>
  /** of a token for a front, where its grant does not say; 600 */
  readonly accessTokenSeconds?: number
  /** no token for a front lasts longer, whatever its grant says; 3600 */
  readonly accessTokenSecondsMax?: number
  readonly registrationsPerHour?: number
  /** a proof without a nonce of ours is refused (RFC 9449 §8) */
  readonly dpopNonceRequired?: boolean
  /** the console and the like: run in front of the OAuth routes, behind the Host pin */
  readonly middleware?: (provider: Provider) => readonly Koa.Middleware[]
  /** an authorization error that cannot be sent back to the client is shown to the person in front of the browser */
  readonly renderError?: NonNullable<Configuration['renderError']>
}

export const grantSecondsDefault: number = 90 * 86_400
