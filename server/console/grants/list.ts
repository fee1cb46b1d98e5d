import { sql, type Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { readGrants, type ShownGrant } from './grant.ts'
import { readUsage, type Usage } from './usage.ts'

export interface ListedGrant extends ShownGrant {
  readonly usage: Usage
}

export interface GrantPage {
  readonly grants: readonly ListedGrant[]
  /** id to go on after, when there are more */
  readonly next: string | undefined
}

const pageSize = 20

/** newest first, by the index `grants_buyer`: a page costs the same however many grants there are */
export async function listGrants(
  db: Kysely<Database>,
  buyerId: string,
  options: { now: number; after?: string | undefined },
): Promise<GrantPage> {
  const { now, after } = options
  // the row itself is the mark: a time that went through JavaScript would have lost its microseconds
  const mark = sql`(select created_at from grants where id = ${after} and buyer_id = ${buyerId})`
  const older =
    after === undefined
      ? sql``
      : sql`and created_at <= ${mark} and (created_at < ${mark} or id > ${after})`
  const which = sql`where buyer_id = ${buyerId} ${older} order by created_at desc, id limit ${pageSize + 1}`
  const grants = await readGrants(db, buyerId, which, now)
  const shown = grants.slice(0, pageSize)
  const usage = await readUsage(db, shown, now)
  return {
    grants: shown.map((grant) => ({ ...grant, usage: usage(grant.id) })),
    next: grants.length > pageSize ? shown.at(-1)?.id : undefined,
  }
}

export async function ownsGrant(
  db: Kysely<Database>,
  buyerId: string,
  grantId: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('grants')
    .select('id')
    .where('id', '=', grantId)
    .where('buyer_id', '=', buyerId)
    .executeTakeFirst()
  return row !== undefined
}
