import { sql, type Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'

export interface RefusedCall {
  readonly id: string
  readonly at: Date
  readonly explanation: string
}

const SHOWN = 5
/** those that nobody could put into words are passed over, and not for ever */
const LOOKED_AT = 50

/** the newest, by the index `records_refused`: a few rows, whatever else was recorded */
export async function findRefusals(db: Kysely<Database>, grantId: string): Promise<RefusedCall[]> {
  const { rows } = await sql<RefusedCall>`
    select id, at, explanation from (
      select id, at, explanation from records
       where grant_id = ${grantId} and decision in ('deny', 'invalid')
       order by at desc limit ${LOOKED_AT}
    ) as lately
     where explanation is not null order by at desc limit ${SHOWN}
  `.execute(db)
  return rows
}
