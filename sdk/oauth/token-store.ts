/** what has to survive a restart; treat it as a secret */
export interface StoredTokens {
  /** the capability token */
  readonly accessToken: string
  /** rotates: only the last one that was saved is of use */
  readonly refreshToken: string | undefined
  /** seconds since 1970 */
  readonly expiresAt: number
}

/**
 * Where an agent keeps its tokens. `save` is awaited before a new token is used: a refresh token that rotated and was lost
 * ends the grant. One refresh token belongs to one process at a time.
 */
export interface TokenStore {
  /** what was saved last; undefined before the first time */
  load(): Promise<StoredTokens | undefined>
  /** resolves when the tokens would survive a crash */
  save(tokens: StoredTokens): Promise<void>
}

/**
 * Forgets everything when the process ends: for tests, and for agents that ask their buyer each time.
 *
 * @example
 * const agent = await remit({ front, clientId, redirectUri, store: memoryStore() })
 */
export function memoryStore(): TokenStore {
  let held: StoredTokens | undefined
  return {
    load: async () => Promise.resolve(held),
    save: async (tokens) => {
      held = tokens
      return Promise.resolve()
    },
  }
}
