import type { Kysely } from 'kysely'
import type { AccessToken, ClientCredentials, KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import { findBoundKey } from './bound-key.ts'
import type { Fronts } from './fronts.ts'
import { assertBearerGranted } from './key-binding.ts'
import { mintFrontToken } from './mint.ts'
import { asOAuthErrors } from './oauth-error.ts'
import type { AuthorityKeys } from './options.ts'
import { capabilitiesOf } from './policy.ts'

/**
 * Every access token whose audience is a front leaves the token endpoint as a Biscuit, whichever grant type issued it.
 * The library calls `extraTokenClaims` just before it writes the record: the token is minted there, and its root revocation
 * id is stored by the same INSERT. A middleware then puts the Biscuit in place of the opaque value.
 */
export class MintHook {
  readonly #db: Kysely<Database>
  readonly #fronts: Fronts
  readonly #keys: AuthorityKeys
  readonly #minted = new WeakMap<object, string>()

  constructor(db: Kysely<Database>, fronts: Fronts, keys: AuthorityKeys) {
    this.#db = db
    this.#fronts = fronts
    this.#keys = keys
  }

  async extraTokenClaims(
    ctx: KoaContextWithOIDC,
    token: AccessToken | ClientCredentials,
  ): Promise<{ revocation_id: string } | undefined> {
    if (token.kind !== 'AccessToken' || token.aud === undefined) return undefined
    const front = this.#fronts.find(token.aud)
    const { grantId, clientId } = token
    if (!front || grantId === undefined || clientId === undefined) {
      throw new Error('an access token for a resource that is no front')
    }
    if (token.jkt === undefined) await assertBearerGranted(this.#db, grantId)
    const content = {
      grantId,
      clientId,
      audience: front.resource,
      expiresAt: endOf(ctx, token),
      keyThumbprint: token.jkt,
      delegationKey: findBoundKey(ctx.get('DPoP'), token.jkt),
      capabilities: capabilitiesOf(token),
    }
    const minted = asOAuthErrors(() => mintFrontToken(this.#keys, content))
    this.#minted.set(token, minted.token)
    return { revocation_id: minted.revocationId }
  }

  install(provider: Provider): void {
    provider.use(async (ctx, next) => {
      await next()
      const oidc = (ctx as unknown as { oidc?: KoaContextWithOIDC['oidc'] }).oidc
      if (oidc?.route !== 'token' || ctx.status !== 200) return
      const record = oidc.entities.AccessToken
      if (record?.aud === undefined) return
      const body = ctx.body as { access_token?: string; scope?: string }
      const biscuit = this.#minted.get(record)
      if (biscuit === undefined) {
        // INVARIANT: the opaque value never leaves
        body.access_token = ''
        throw new Error('an access token for a front was not minted')
      }
      body.access_token = biscuit
      // RFC 6749 §3.3: a scope has at least one token
      if (body.scope === '') delete body.scope
    })
  }
}

/** INVARIANT: not past the grant; the second may have changed since the library counted what is left of it */
function endOf(ctx: KoaContextWithOIDC, token: AccessToken): number {
  const end = token.exp ?? Math.floor(Date.now() / 1000) + token.expiration
  return Math.min(end, ctx.oidc.entities.Grant?.exp ?? end)
}
