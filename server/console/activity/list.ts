import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { ActivityFilter, ActivityResult } from './filter.ts'

/** one call, as it is recorded: no body, no token, no credential is in it */
export interface RecordedCall {
  readonly id: string
  readonly at: Date
  readonly provider: string
  readonly grantId: string
  readonly clientId: string | undefined
  /** as the agent registered it */
  readonly clientName: string | undefined
  readonly operation: string | undefined
  readonly request: Readonly<Record<string, unknown>>
  readonly facts: Readonly<Record<string, unknown>> | undefined
  readonly decision: 'allow' | 'deny' | 'invalid' | 'undecided'
  readonly reason: string | undefined
  readonly caveat: string | undefined
  readonly explanation: string | undefined
  readonly outcome: 'pending' | 'done' | 'failed' | 'unknown' | 'refused' | undefined
  readonly upstreamStatus: number | undefined
  readonly finishedAt: Date | undefined
}

export interface ActivityPage {
  readonly calls: readonly RecordedCall[]
  /** the call to go on after, when there may be more */
  readonly next: string | undefined
  /** looked so far back without filling the page: what is older was not looked at */
  readonly lookedBackTo: Date | undefined
}

export interface PageOptions {
  readonly limit: number
  /** a call of this buyer's: what is older is listed */
  readonly before?: string | undefined
}

/** rows that one page looks at, at most: a filter that fits nothing must not read a million */
export const MAX_WALKED = 20_000

/**
 * Newest first, by the index `records_buyer` (refused ones by `records_buyer_refused`, one grant's by `records_grant`): a page
 * costs the same however many calls there are, and one that looks for something rare says how far back it looked.
 */
export async function listActivity(
  db: Kysely<Database>,
  buyerId: string,
  filter: ActivityFilter,
  { limit, before }: PageOptions,
): Promise<ActivityPage> {
  const mark = before === undefined ? undefined : await findMark(db, buyerId, before)
  if (before !== undefined && mark === undefined) {
    return { calls: [], next: undefined, lookedBackTo: undefined }
  }
  const walk = toWalk(buyerId, filter, mark)
  const { rows } = await sql<Row>`
    ${withNames(sql`
      select * from (select ${COLUMNS} from records ${walk}
                      order by at desc, id desc limit ${isWalked(filter) ? limit + 1 : MAX_WALKED}) as walked
       where ${toCondition(filter)} order by at desc, id desc limit ${limit + 1}`)}
  `.execute(db)
  const calls = rows.slice(0, limit).map(toCall)
  if (rows.length > limit) return { calls, next: calls.at(-1)?.id, lookedBackTo: undefined }
  const last = isWalked(filter) ? undefined : await findLastWalked(db, walk)
  return { calls, next: last?.id, lookedBackTo: last?.at }
}

export async function findCall(
  db: Kysely<Database>,
  buyerId: string,
  id: string,
): Promise<RecordedCall | undefined> {
  const { rows } = await sql<Row>`
    select ${COLUMNS}, (select payload->>'client_name' from oidc_payloads
                         where model = 'Client' and id = records.client_id) as client_name
      from records where id = ${id} and buyer_id = ${buyerId}
  `.execute(db)
  return rows[0] && toCall(rows[0])
}

/** what began after `since` and fits, oldest first; of very many the newest */
export async function listSince(
  db: Kysely<Database>,
  buyerId: string,
  filter: ActivityFilter,
  { since, limit }: { readonly since: Date; readonly limit: number },
): Promise<readonly RecordedCall[]> {
  const walk = toWalk(buyerId, filter, undefined)
  const { rows } = await sql<Row>`
    ${withNames(sql`
      select * from (select ${COLUMNS} from records ${walk} and at > ${since}
                      order by at desc, id desc limit ${MAX_WALKED}) as walked
       where ${toCondition(filter)} order by at desc, id desc limit ${limit}`)}
  `.execute(db)
  return rows.map(toCall).toReversed()
}

/** looked up when it is known which few are shown */
function withNames(shown: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select shown.*, (select payload->>'client_name' from oidc_payloads
                      where model = 'Client' and id = shown.client_id) as client_name
      from (${shown}) as shown
     order by shown.at desc, shown.id desc`
}

const COLUMNS = sql`id, at, provider, grant_id, client_id, operation, request, facts, decision,
                    reason, caveat, explanation, outcome, upstream_status, finished_at`

/** as text: a time that went through JavaScript would have lost its microseconds, and with them a row */
interface Mark {
  readonly id: string
  readonly at: string
}

async function findMark(
  db: Kysely<Database>,
  buyerId: string,
  id: string,
): Promise<Mark | undefined> {
  const { rows } = await sql<Mark>`
    select id, at::text as at from records where id = ${id} and buyer_id = ${buyerId}
  `.execute(db)
  return rows[0]
}

/** what an index finds by itself */
function toWalk(
  buyerId: string,
  { grant, result, from, to, zone = 'UTC' }: ActivityFilter,
  mark: Mark | undefined,
): RawBuilder<unknown> {
  const parts = [
    sql`where buyer_id = ${buyerId}`,
    grant !== undefined && sql`and grant_id = ${grant}`,
    result === 'refused' && REFUSED,
    from !== undefined && sql`and at >= ${from}::date::timestamp at time zone ${zone}`,
    to !== undefined && sql`and at < (${to}::date + 1)::timestamp at time zone ${zone}`,
    mark && sql`and (at, id) < (${mark.at}::timestamptz, ${mark.id})`,
  ]
  return sql.join(
    parts.filter((part) => part !== false && part !== undefined),
    sql` `,
  )
}

const REFUSED = sql`and decision in ('deny', 'invalid')`

const OF_RESULT: Readonly<Record<ActivityResult, RawBuilder<unknown>>> = {
  allowed: sql`and decision = 'allow' and outcome = 'done'`,
  refused: REFUSED,
  failed: sql`and decision = 'allow' and outcome in ('failed', 'unknown')`,
  pending: sql`and outcome = 'pending'`,
}

/** nothing has to be looked at row by row: the index finds exactly what is shown */
function isWalked({ agent, result, operation, text }: ActivityFilter): boolean {
  const isIndexed = result === undefined || result === 'refused'
  return isIndexed && agent === undefined && operation === undefined && text === undefined
}

/** what has to be looked at row by row */
function toCondition({ agent, result, operation, text }: ActivityFilter): RawBuilder<unknown> {
  const parts = [
    sql`true`,
    agent !== undefined && sql`and walked.client_id = ${agent}`,
    result !== undefined && OF_RESULT[result],
    operation !== undefined && sql`and starts_with(operation, ${operation})`,
    text !== undefined &&
      sql`and strpos(lower(concat_ws(' ', walked.id, walked.grant_id, walked.client_id, operation, request::text, facts::text)),
                     lower(${text})) > 0`,
  ]
  return sql.join(
    parts.filter((part) => part !== false),
    sql` `,
  )
}

async function findLastWalked(
  db: Kysely<Database>,
  walk: RawBuilder<unknown>,
): Promise<{ id: string; at: Date } | undefined> {
  const { rows } = await sql<{ id: string; at: Date }>`
    select id, at from records ${walk} order by at desc, id desc offset ${MAX_WALKED - 1} limit 1
  `.execute(db)
  return rows[0]
}

interface Row {
  readonly id: string
  readonly at: Date
  readonly provider: string
  readonly grant_id: string
  readonly client_id: string | null
  readonly client_name: string | null
  readonly operation: string | null
  readonly request: Record<string, unknown>
  readonly facts: Record<string, unknown> | null
  readonly decision: RecordedCall['decision']
  readonly reason: string | null
  readonly caveat: string | null
  readonly explanation: string | null
  readonly outcome: Exclude<RecordedCall['outcome'], undefined> | null
  readonly upstream_status: number | null
  readonly finished_at: Date | null
}

function toCall(row: Row): RecordedCall {
  return {
    id: row.id,
    at: row.at,
    provider: row.provider,
    grantId: row.grant_id,
    clientId: row.client_id ?? undefined,
    clientName: row.client_name ?? undefined,
    operation: row.operation ?? undefined,
    request: row.request,
    facts: row.facts ?? undefined,
    decision: row.decision,
    reason: row.reason ?? undefined,
    caveat: row.caveat ?? undefined,
    explanation: row.explanation ?? undefined,
    outcome: row.outcome ?? undefined,
    upstreamStatus: row.upstream_status ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  }
}
