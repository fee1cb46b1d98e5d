import { ConnectionError, type Credential } from '../../adapters/ports.ts'
import { SecretText } from '../secret.ts'
import type { StoredCredential } from './credential-format.ts'
import type { TokenEndpoint } from './token-endpoint.ts'
import { refreshAccessToken, type AccessToken } from './access-token.ts'

/** what a live connection needs of the row it came from */
export interface ConnectionKeeper {
  /** the provider handed out another refresh token */
  replace(credential: StoredCredential): Promise<void>
  /** nothing but connecting again helps */
  markBroken(reason: string): Promise<void>
}

/** an access token is not used in its last minute, and renewed in the background in its last five */
const UNUSABLE_MS = 60_000
const EARLY_MS = 5 * 60_000
/** after a failure nobody asks again for so long: a thousand waiting requests are not a thousand refreshes */
const FAILURE_PAUSE_MS = 1_000
/** a token that is refused so soon was never good; after so many in a row the account refuses us, not a token */
const REFUSED_EARLY_MS = 60_000
const MAX_REFUSED = 3

/** one connection's access token in this process, shared by every grant that uses the connection */
export class LiveConnection {
  #credential: StoredCredential
  readonly #keeper: ConnectionKeeper
  readonly #endpoint: TokenEndpoint
  readonly #now: () => number
  #token: AccessToken | undefined
  #tokenSince = 0
  #refused = 0
  #refreshing: Promise<AccessToken> | undefined
  #failure: { readonly error: ConnectionError; readonly until: number } | undefined

  constructor(
    credential: StoredCredential,
    keeper: ConnectionKeeper,
    endpoint: TokenEndpoint,
    now: () => number,
  ) {
    this.#credential = credential
    this.#keeper = keeper
    this.#endpoint = endpoint
    this.#now = now
  }

  async credential(): Promise<Credential> {
    if (this.#failure !== undefined && this.#failure.until > this.#now()) throw this.#failure.error
    if (this.#credential.type === 'access_token')
      return new SecretText(this.#credential.accessToken)
    const left = (this.#token?.expiresAt ?? 0) - this.#now()
    if (this.#token !== undefined && left > UNUSABLE_MS) {
      // a failure here is nobody's yet: whoever needs the next token meets it
      if (left < EARLY_MS) this.#refresh().catch(() => undefined)
      return this.#token.token
    }
    return (await this.#refresh()).token
  }

  async rejected(credential: Credential): Promise<void> {
    if (this.#credential.type === 'access_token') {
      await this.#break('the provider refuses the credential: connect again')
      return
    }
    // somebody else's rejection came first, and the token in use is another one
    if (this.#token?.token.reveal() !== credential.reveal()) return
    const early = this.#now() - this.#tokenSince < REFUSED_EARLY_MS
    this.#refused = early ? this.#refused + 1 : 1
    this.#token = undefined
    if (this.#refused >= MAX_REFUSED) {
      await this.#break(
        `${this.#endpoint.owner} refuses the access tokens that it issues: connect again`,
      )
    }
  }

  /** single flight: whoever comes while one refresh runs gets its result */
  async #refresh(): Promise<AccessToken> {
    this.#refreshing ??= this.#refreshOnce().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refreshOnce(): Promise<AccessToken> {
    if (this.#credential.type === 'access_token')
      throw new Error('an access token cannot be refreshed')
    const credential = this.#credential
    try {
      const token = await refreshAccessToken(this.#endpoint, credential, this.#now)
      const refreshToken = token.refreshToken?.reveal() ?? credential.refreshToken
      if (refreshToken !== credential.refreshToken)
        await this.#replace({ ...credential, refreshToken })
      this.#token = token
      this.#tokenSince = this.#now()
      this.#failure = undefined
      return token
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      if (error.code === 'broken') await this.#break(error.message)
      else this.#failure = { error, until: this.#now() + FAILURE_PAUSE_MS }
      throw error
    }
  }

  async #replace(credential: StoredCredential): Promise<void> {
    await this.#keeper.replace(credential)
    this.#credential = credential
  }

  async #break(reason: string): Promise<void> {
    this.#token = undefined
    this.#failure = { error: new ConnectionError('broken', reason), until: Infinity }
    await this.#keeper.markBroken(reason)
  }
}
