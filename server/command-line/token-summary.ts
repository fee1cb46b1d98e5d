import { inspect } from '../../capabilities/index.ts'

/** a token that was just made, for a program: with the name by which it can be revoked, and it alone */
export function summariseToken(token: string): Record<string, unknown> {
  const { lineage, expiresAt } = inspect(token)
  const last = lineage.at(-1)
  return {
    token,
    delegated_to: last?.delegatedTo,
    revocation_id: last?.revocationId,
    expires_at: expiresAt,
  }
}
