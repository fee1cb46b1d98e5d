import { sql, type Kysely } from 'kysely'
import { budgetsOf, type GrantBudget } from '../../../capabilities/index.ts'
import type { Database } from '../../database/schema.ts'
import { readUse, type BudgetUse } from '../../state/budget-use.ts'
import type { ShownGrant } from './grant.ts'

/** what came of a grant so far */
export interface Usage {
  /** its newest call, whatever became of it */
  readonly lastCall: { readonly id: string; readonly at: Date } | undefined
  /** of the last seven days; counted up to `MOST_REFUSALS` */
  readonly refusals: number
  readonly budgets: readonly BudgetUse<GrantBudget>[]
}

export const MOST_REFUSALS = 100

const NOTHING: Usage = { lastCall: undefined, refusals: 0, budgets: [] }

/** of those that stand; a grant that is over has nothing left to watch */
export async function readUsage(
  db: Kysely<Database>,
  grants: readonly ShownGrant[],
  now: number,
): Promise<(grantId: string) => Usage> {
  const standing = grants.filter(({ state }) => state === 'active' || state === 'paused')
  const calls = await readCalls(
    db,
    standing.map(({ id }) => id),
    now,
  )
  const budgets = await readUse(
    db,
    new Map(standing.map(({ id, capabilities }) => [id, budgetsOf(capabilities ?? [])])),
    now,
  )
  const usage = new Map(
    standing.map(({ id }) => [
      id,
      { ...NOTHING, ...calls.get(id), budgets: budgets.get(id) ?? NOTHING.budgets },
    ]),
  )
  return (grantId) => usage.get(grantId) ?? NOTHING
}

const WEEK_MS = 7 * 24 * 3_600_000

interface CallRow {
  readonly grant_id: string
  readonly id: string | null
  readonly at: Date | null
  readonly refusals: number
}

/** by the indexes `records_grant` and `records_refused`: a few rows a grant, whatever else was recorded */
async function readCalls(
  db: Kysely<Database>,
  grantIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Pick<Usage, 'lastCall' | 'refusals'>>> {
  const { rows } = await sql<CallRow>`
    select shown.id as grant_id, newest.id, newest.at, refused.count as refusals
      from jsonb_array_elements_text(${JSON.stringify(grantIds)}::jsonb) as shown (id)
      left join lateral (
        select id, at from records where grant_id = shown.id order by at desc limit 1
      ) as newest on true
     cross join lateral (
       select count(*)::integer as count from (
         select from records
          where grant_id = shown.id and decision in ('deny', 'invalid')
            and at > ${new Date(now - WEEK_MS)}
          order by at desc limit ${MOST_REFUSALS}
       ) as lately
     ) as refused
  `.execute(db)
  return new Map(
    rows.map(({ grant_id: grantId, id, at, refusals }) => [
      grantId,
      { lastCall: id === null || at === null ? undefined : { id, at }, refusals },
    ]),
  )
}
