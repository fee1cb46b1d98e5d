import { sql, type Kysely } from 'kysely'
import { parseWindow, periodAt, type Budget } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'

/** a budget of a grant, and how much of it is used in the period that runs */
export interface BudgetUse<One extends Budget = Budget> {
  readonly budget: One
  readonly used: number
  /** milliseconds since 1970 at which it is whole again; undefined: never */
  readonly freeAt: number | undefined
}

/** by the counters' own key: one look at the index for each, however many grants were ever counted */
export async function readUse<One extends Budget>(
  db: Kysely<Database>,
  asked: ReadonlyMap<string, readonly One[]>,
  now: number,
): Promise<ReadonlyMap<string, readonly BudgetUse<One>[]>> {
  const wanted = [...asked].flatMap(([holder, budgets]) =>
    budgets.map((budget) => ({ holder, budget, period: periodOf(budget, now) })),
  )
  const keys = wanted.flatMap(({ holder, budget, period }, place) =>
    period === undefined
      ? []
      : [
          {
            place,
            holder,
            dimension: budget.dimension,
            time_window: budget.window,
            period: period.name,
          },
        ],
  )
  const used = await readCounters(db, keys)
  const uses = new Map<string, BudgetUse<One>[]>([...asked.keys()].map((holder) => [holder, []]))
  for (const [place, { holder, budget, period }] of wanted.entries()) {
    const freeAt = period?.end === undefined ? undefined : period.end * 1000
    uses.get(holder)?.push({ budget, used: used.get(place) ?? 0, freeAt })
  }
  return uses
}

function periodOf({ window }: Budget, now: number): ReturnType<typeof periodAt> {
  const parsed = parseWindow(window)
  return parsed && periodAt(parsed, Math.floor(now / 1000))
}

async function readCounters(
  db: Kysely<Database>,
  keys: readonly object[],
): Promise<ReadonlyMap<number, number>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ place: number; used: number }>`
    select asked.place, counted.used::double precision as used
      from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as asked (
             place integer, holder text, dimension text, time_window text, period text)
     cross join lateral (
       select used from budgets
        where holder = asked.holder and dimension = asked.dimension
          and time_window = asked.time_window and period = asked.period
        limit 1
     ) as counted
  `.execute(db)
  return new Map(rows.map(({ place, used }) => [place, used]))
}
