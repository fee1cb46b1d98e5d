import { sql, type Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'

export interface RefusedCall {
  readonly id: string
  readonly at: Date
  readonly explanation: string
}

const SHOWN = 5

/** the newest, by the index `records_refused`: a few rows, whatever else was recorded */
export async function findRefusals(db: Kysely<Database>, grantId: string): Promise<RefusedCall[]> {
  const { rows } = await sql<RefusedCall>`
    select id, at, explanation from records
     where grant_id = ${grantId} and decision in ('deny', 'invalid') and explanation is not null
     order by at desc limit ${SHOWN}
  `.execute(db)
  return rows
}
