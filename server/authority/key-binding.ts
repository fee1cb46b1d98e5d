import type { Kysely } from 'kysely'
import { errors, type Client } from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import type { Parameters } from './proposal.ts'

/**
 * Known before anything is issued: the client registered that its access tokens are bound to a key (RFC 9449 §5.2), or bound
 * this very request to one (§10: `dpop_jkt`, or a proof with the pushed request, which the library writes down as that).
 */
export function bringsOwnKey(client: Client, parameters: Parameters): boolean {
  return client.dpopBoundAccessTokens === true || parameters['dpop_jkt'] !== undefined
}

/**
 * INVARIANT: a grant that was consented to for the agent's own key alone has no bearer token: not by its code, not by a refresh,
 * not by an exchange. The grant is read again at every issuance.
 *
 * @throws errors.InvalidGrant
 */
export async function assertBearerGranted(
  db: Kysely<Database>,
  grantId: string | undefined,
): Promise<void> {
  const row = await db
    .selectFrom('grants')
    .select('dpop_bound')
    .where('id', '=', grantId ?? '')
    .executeTakeFirst()
  if (row?.dpop_bound === false) return
  throw new errors.InvalidGrant(
    'this grant is used with a key of the agent only: send a DPoP proof',
  )
}
