import type { Kysely } from 'kysely'
import { PROVIDERS, type ProviderType } from '../../../capabilities/index.ts'
import type { Database } from '../../database/schema.ts'
import { countLiveGrants } from '../../state/disconnect.ts'

export interface ListedConnection {
  readonly id: string
  readonly provider: ProviderType
  /** as the provider calls it */
  readonly account: string
  readonly isWorking: boolean
  /** for whoever looks closer; the provider's words may be in it */
  readonly lastError: string | undefined
  /** undefined: nobody said */
  readonly scopes: readonly string[] | undefined
  readonly createdAt: Date
  readonly changedAt: Date
  readonly lastUsedAt: Date | undefined
  readonly grants: number
}

export async function listConnections(
  db: Kysely<Database>,
  buyerId: string,
): Promise<readonly ListedConnection[]> {
  const grants = await countLiveGrants(db, buyerId)
  const rows = await db
    .selectFrom('connections')
    .select([
      'id',
      'provider',
      'account',
      'status',
      'last_error',
      'scopes',
      'created_at',
      'changed_at',
      'last_used_at',
    ])
    .where('buyer_id', '=', buyerId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.flatMap((row) => {
    const provider = PROVIDERS.find((one) => one === row.provider)
    return provider === undefined
      ? []
      : [
          {
            id: row.id,
            provider,
            account: row.account,
            isWorking: row.status === 'working',
            lastError: row.last_error ?? undefined,
            scopes: row.scopes ?? undefined,
            createdAt: row.created_at,
            changedAt: row.changed_at,
            lastUsedAt: row.last_used_at ?? undefined,
            grants: grants.get(row.id) ?? 0,
          },
        ]
  })
}

export async function findConnection(
  db: Kysely<Database>,
  buyerId: string,
  id: string | undefined,
): Promise<
  | {
      readonly id: string
      readonly account: string
      readonly provider: string
      readonly scopes: readonly string[] | undefined
    }
  | undefined
> {
  if (id === undefined || !/^[\w-]{1,64}$/u.test(id)) return undefined
  const row = await db
    .selectFrom('connections')
    .select(['id', 'account', 'provider', 'scopes'])
    .where('id', '=', id)
    .where('buyer_id', '=', buyerId)
    .executeTakeFirst()
  return row && { ...row, scopes: row.scopes ?? undefined }
}
