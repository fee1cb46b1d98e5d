import type { Kysely } from 'kysely'
import type Provider from 'oidc-provider'
import type { RootKeys } from '../../adapters/ports.ts'
import type { Front } from '../authority/fronts.ts'
import { toTokenLifetimes, type TokenLifetimes } from '../authority/token-lifetime.ts'
import type { Database } from '../database/schema.ts'
import type { OAuthSettings } from '../state/authorization-server.ts'
import type { CheckSettings, Health } from '../state/check-connection.ts'
import { createCookie, type ConsoleCookie } from './cookies.ts'
import { createFormTokens, type FormTokens } from './csrf.ts'
import { createKnownDevices, type KnownDevices } from './people/known-devices.ts'
import { createPasskeyChallenges, type PasskeyChallenges } from './people/passkey-challenges.ts'
import { toRelyingParty, type RelyingParty } from './people/relying-party.ts'
import type { SecurityEventKind } from './people/security-events.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { createSignInAttempts, type SignInAttempts } from './sign-in-attempts.ts'

export type ConsoleEvent =
  | {
      readonly event: 'sign_in'
      readonly outcome: 'done' | 'refused' | 'blocked'
      readonly buyerId: string | undefined
      readonly by: 'password' | 'passkey'
    }
  | { readonly event: 'buyer_created'; readonly buyerId: string }
  | { readonly event: 'security'; readonly kind: SecurityEventKind; readonly buyerId: string }
  | {
      readonly event: 'consent'
      readonly outcome: 'granted' | 'refused'
      readonly clientId: string
      readonly grantId?: string
    }
  | { readonly event: 'grant_revoked'; readonly grantId: string; readonly tokens: number }
  | {
      readonly event: 'grant_changed'
      readonly grantId: string
      readonly widened: boolean
      readonly tokens: number
    }
  | { readonly event: 'grant_paused' | 'grant_resumed'; readonly grantId: string }
  | { readonly event: 'everything_stopped'; readonly buyerId: string; readonly grants: number }
  | {
      readonly event: 'approval_decided'
      readonly approvalId: string
      readonly status: 'approved' | 'denied'
    }
  | {
      readonly event: 'approvals_denied'
      readonly grantId: string
      readonly operation: string
      readonly count: number
    }
  | {
      readonly event: 'client_registered' | 'client_deleted'
      readonly buyerId: string
      readonly clientId: string
    }
  | {
      readonly event: 'account_connected'
      readonly connectionId: string
      readonly provider: string
      /** it was connected before */
      readonly again: boolean
    }
  | {
      readonly event: 'account_not_connected'
      readonly buyerId: string
      readonly provider: string
      readonly reason: string
      /** for the operator */
      readonly error?: string
    }
  | { readonly event: 'account_checked'; readonly connectionId: string; readonly health: Health }
  | {
      readonly event: 'account_disconnected'
      readonly connectionId: string
      readonly provider: string
      readonly grants: number
      readonly withdrawn: 'done' | 'failed' | 'impossible'
    }
  | { readonly event: 'console_error'; readonly error: string }

/** what connecting a buyer's accounts takes */
interface ConnectingOptions {
  /** seals what is stored */
  readonly masterKey: Uint8Array
  readonly settings: OAuthSettings & CheckSettings
}

export interface ConsoleOptions {
  readonly provider: Provider
  readonly db: Kysely<Database>
  /** at least 32 bytes, the same in every process: form tokens are made with it */
  readonly csrfKey: Uint8Array
  readonly issuer: string
  readonly fronts: readonly Front[]
  /** whose signature makes a token one of ours */
  readonly rootKeys: RootKeys
  readonly connecting: ConnectingOptions
  readonly log: (event: ConsoleEvent) => void
  /** as the authority has it */
  readonly accessTokenSeconds?: number
  readonly accessTokenSecondsMax?: number
  /** milliseconds since 1970 */
  readonly now?: () => number
}

/** what the rooms share */
export interface ConsoleServices {
  readonly options: ConsoleOptions
  readonly origin: string
  readonly https: boolean
  readonly sessions: Sessions
  readonly attempts: SignInAttempts
  readonly tokens: FormTokens
  readonly sessionCookie: ConsoleCookie
  /** tells one browser from another before anybody has signed in */
  readonly visitorCookie: ConsoleCookie
  readonly knownDevices: KnownDevices
  readonly challenges: PasskeyChallenges
  /** undefined: at this address browsers make no passkeys, and no page offers any */
  readonly relyingParty: RelyingParty | undefined
  readonly tokenLifetimes: TokenLifetimes
  now(): number
}

export function createServices(options: ConsoleOptions): ConsoleServices {
  if (options.csrfKey.length < 32) throw new Error('csrfKey needs at least 32 bytes')
  const { origin, protocol } = new URL(options.issuer)
  const https = protocol === 'https:'
  return {
    options,
    origin,
    https,
    sessions: createSessions(options.db),
    attempts: createSignInAttempts(options.db),
    tokens: createFormTokens(options.csrfKey),
    sessionCookie: createCookie('remit_session', https),
    visitorCookie: createCookie('remit_visitor', https),
    knownDevices: createKnownDevices(options.csrfKey, createCookie('remit_device', https)),
    challenges: createPasskeyChallenges(options.db, options.csrfKey),
    relyingParty: toRelyingParty(options.issuer),
    tokenLifetimes: toTokenLifetimes(options),
    now: () => options.now?.() ?? Date.now(),
  }
}
