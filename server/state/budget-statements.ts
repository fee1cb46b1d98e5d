import { createHash } from 'node:crypto'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Charge, Counter, Spent } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'

type Db = Kysely<Database>

/** a front whose clock is behind still counts in a period that is over here */
const GRACE_SECONDS = 86_400

/** INVARIANT: every transaction comes to its counters in one order, so that no two wait for each other */
export function inOrder<One extends Counter>(counters: readonly One[]): One[] {
  const keyed = counters.map((one) => ({ one, key: keyOf(one) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ one }) => one)
}

/** one text for one counter */
export function keyOf({ holder, dimension, window, period }: Counter): string {
  return JSON.stringify([holder, dimension, window, period])
}

type TakenCharge =
  { readonly ok: true; readonly spent: Spent } | { readonly ok: false; readonly asked: number }

/** in a transaction that is rolled back when there is no room */
export async function takeCharge(db: Db, charge: Charge): Promise<TakenCharge> {
  const { holder, dimension, window, period } = charge
  const counter = { holder, dimension, window, period }
  if (typeof charge.amount === 'number') {
    const { amount } = charge
    return (await add(db, charge, amount))
      ? { ok: true, spent: { ...counter, amount } }
      : { ok: false, asked: amount }
  }
  const touched = await addMembers(db, charge, charge.amount)
  const amount = touched.filter(({ uses }) => uses === 1).length
  if (amount > 0 && !(await add(db, charge, amount))) return { ok: false, asked: amount }
  return { ok: true, spent: { ...counter, amount, members: touched.map(({ member }) => member) } }
}

/** the one statement that decides: whoever comes second waits for the row and sees what the first has left */
async function add(db: Db, charge: Charge, amount: number): Promise<boolean> {
  return addAll(db, [{ ...charge, amount }])
}

/** a charge that is nothing but a number */
export type Sum = Charge & { readonly amount: number }

export function isSum(charge: Charge): charge is Sum {
  return typeof charge.amount === 'number'
}

/** each counter at most once; false when one of them has no room, and then the others are to be rolled back */
export async function addAll(db: Db, sums: readonly Sum[]): Promise<boolean> {
  const asked = inOrder(sums).map((sum, place) => ({
    place,
    holder: sum.holder,
    dimension: sum.dimension,
    time_window: sum.window,
    period: sum.period,
    amount: sum.amount,
    max: sum.max,
    kept: lastSecond(sum.periodEnd ?? sum.holderEnd),
  }))
  const { rows } = await sql`
    with asked as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as row (
        place integer, holder text, dimension text, time_window text, period text,
        amount bigint, max bigint, kept double precision)
    )
    insert into budgets (holder, dimension, time_window, period, used, kept_until)
    select holder, dimension, time_window, period, amount, to_timestamp(kept)
      from asked where amount <= max order by place
    on conflict (holder, dimension, time_window, period) do update
       set used = budgets.used + excluded.used
     where budgets.used + excluded.used <= (
             select max from asked
              where asked.holder = excluded.holder and asked.dimension = excluded.dimension
                and asked.time_window = excluded.time_window and asked.period = excluded.period)
    returning used
  `.execute(db)
  return rows.length === sums.length
}

interface Distinct {
  readonly distinct: readonly string[]
  readonly ever: boolean
}

/** those that were there have more uses than one; those that are sure to be old (`ever`) are not among them */
async function addMembers(
  db: Db,
  charge: Charge,
  { distinct, ever }: Distinct,
): Promise<readonly { member: string; uses: number }[]> {
  if (distinct.length === 0) return []
  const members = JSON.stringify([...new Set(distinct)].map(toMember).sort())
  const { rows } = await sql<{ member: string; uses: number }>`
    insert into budget_members (holder, dimension, time_window, member, period, uses, sure, kept_until)
    select ${charge.holder}, ${charge.dimension}, ${charge.window}, asked.member, ${charge.period},
           1, false, ${keptUntil(charge.periodEnd ?? charge.holderEnd)}
      from jsonb_array_elements_text(${members}::jsonb) as asked (member)
     where not (${ever}::boolean and exists (
             select from budget_members known
              where known.holder = ${charge.holder} and known.dimension = ${charge.dimension}
                and known.time_window = ${charge.window} and known.member = asked.member
                and known.sure))
     order by asked.member
    on conflict (holder, dimension, time_window, member, period) do update
       set uses = budget_members.uses + 1
    returning member, uses
  `.execute(db)
  return rows
}

/** a table of addresses would be one to steal; the record has them where the buyer reads them */
function toMember(thing: string): string {
  return createHash('sha256').update(thing).digest('base64url')
}

/** INVARIANT: what counts once for ever is known once one call with it has certainly happened, and then never given back */
export async function keepForGood(db: Db, charges: readonly Charge[]): Promise<void> {
  for (const charge of inOrder(charges)) {
    if (typeof charge.amount === 'number' || !charge.amount.ever) continue
    const members = JSON.stringify(charge.amount.distinct.map(toMember).sort())
    await sql`
      update budget_members set sure = true, kept_until = ${keptUntil(charge.holderEnd)}
       where ${isCounter(charge)} and member in (${lockMembers(charge, members)})
    `.execute(db)
  }
}

/** a thing that another call counts on stays, and with it what it cost */
export async function returnSpent(db: Db, spent: Spent): Promise<void> {
  const amount = spent.members === undefined ? spent.amount : await removeMembers(db, spent)
  if (amount === 0) return
  await sql`
    update budgets set used = used - ${amount}::bigint where ${isCounter(spent)}
  `.execute(db)
}

async function removeMembers(db: Db, { members = [], ...counter }: Spent): Promise<number> {
  const given = JSON.stringify(members)
  await sql`
    update budget_members set uses = uses - 1
     where ${isCounter(counter)} and member in (${lockMembers(counter, given)})
  `.execute(db)
  const { numAffectedRows } = await sql`
    delete from budget_members
     where ${isCounter(counter)} and not sure and uses = 0
       and member in (select jsonb_array_elements_text(${given}::jsonb))
  `.execute(db)
  return Number(numAffectedRows ?? 0)
}

/** in the order in which they are inserted */
function lockMembers(counter: Counter, members: string): RawBuilder<unknown> {
  return sql`
    select locked.member from budget_members as locked
     where ${isCounter(counter)} and not locked.sure
       and locked.member in (select jsonb_array_elements_text(${members}::jsonb))
     order by locked.member for update`
}

export async function readUsed(db: Db, counter: Counter): Promise<number> {
  const { rows } = await sql<{ used: number }>`
    select used from budgets where ${isCounter(counter)}
  `.execute(db)
  return rows[0]?.used ?? 0
}

function isCounter({ holder, dimension, window, period }: Counter): RawBuilder<unknown> {
  return sql`holder = ${holder} and dimension = ${dimension} and time_window = ${window}
             and period = ${period}`
}

function keptUntil(end: number | undefined): RawBuilder<unknown> {
  return end === undefined
    ? sql`null::timestamptz`
    : sql`to_timestamp(${lastSecond(end)}::double precision)`
}

function lastSecond(end: number | undefined): number | undefined {
  return end === undefined ? undefined : end + GRACE_SECONDS
}
