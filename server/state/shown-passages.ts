import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { ShownPassages } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'

/** in the place of a thread: the agent's own words */
const OWN = ''

export function createShownPassages(db: Kysely<Database>): ShownPassages {
  return {
    remember: async (grantId, threadId, passages) => {
      await sql`
        insert into shown_passages (grant_id, passage, thread_id)
        select ${grantId}, passage, ${threadId} from ${rowsOf(passages)}
        ${ON_CONFLICT}
      `.execute(db)
    },
    // of what was shown before it was written nothing becomes the agent's own; its own words stay so for as long as it uses them
    claim: async (grantId, passages) => {
      if (passages.length === 0) return
      await sql`
        insert into shown_passages (grant_id, passage, thread_id)
        select ${grantId}, passage, ${OWN} from ${rowsOf(passages)}
         where not exists (
           select from shown_passages as known
            where known.grant_id = ${grantId} and known.passage = asked.passage
           having count(*) > 0 and not bool_or(known.thread_id = ${OWN})
         )
        ${ON_CONFLICT}
      `.execute(db)
    },
    shownElsewhere: async (grantId, threadId, passages) => {
      const { rows } = await sql<{ passage: string }>`
        select known.passage::text as passage
          from ${rowsOf(passages)} join shown_passages as known on known.passage = asked.passage
         where known.grant_id = ${grantId}
         group by known.passage
        having not bool_or(known.thread_id in (${OWN}, ${threadId ?? OWN}))
      `.execute(db)
      return new Set(rows.map(({ passage }) => Number(passage)))
    },
  }
}

/** each once: one statement may not meet one row twice */
function rowsOf(passages: readonly number[]): RawBuilder<unknown> {
  return sql`(
    select distinct value::bigint as passage
      from jsonb_array_elements_text(${JSON.stringify(passages)}::jsonb)
  ) as asked`
}

/** shown again is shown later: the row then lives longer; once a day is often enough */
const ON_CONFLICT = sql`
  on conflict (grant_id, passage, thread_id) do update set shown_at = now()
  where shown_passages.shown_at < now() - interval '1 day'
`
