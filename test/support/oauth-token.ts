import { parseToken } from '../../capabilities/index.ts'
import type { TestAuthority } from './oauth-authority.ts'

/** the revocation id of a token's last block: what the token is called once it may not be shown */
export function revocationIdOf(token: string): string {
  const parsed = parseToken(token)
  const id = parsed.ok ? parsed.token.revocationIds.at(-1) : undefined
  if (id === undefined) throw new Error('not a capability token')
  return id
}

export async function grantIdOf({ db }: TestAuthority, token: string): Promise<string> {
  const row = await db
    .selectFrom('oidc_payloads')
    .select('grant_id')
    .where('revocation_id', '=', revocationIdOf(token))
    .executeTakeFirstOrThrow()
  return row.grant_id ?? ''
}

export async function isPublished({ db }: TestAuthority, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('revocations')
    .select('seq')
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}
