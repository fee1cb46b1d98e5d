import { randomUUID } from 'node:crypto'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Approval, ApprovalCard, ApprovalRequest, Approvals } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import type { Log } from '../log.ts'
import { within } from './within.ts'

/** the call waits for it */
const PATIENCE_MS = 10_000
/** how long it can be decided, and from then on how long what was decided stands */
const KEPT = '24 hours'
/** of one grant; nobody reads more, and who asks for more wants somebody to stop reading */
const MAX_WAITING = 50
/** of one kind: from the next one on they are one card, and the buyer is warned */
export const MAX_CARDS_OF_A_KIND = 5

/** told within the transaction in which it happens, so that what is sent on stands or falls with it */
export interface ApprovalNews {
  /** `collapsed`: one more of a kind than anybody should be asked for one by one */
  readonly kind: 'waiting' | 'collapsed'
  readonly approvalId: string
  readonly buyerId: string
  readonly request: ApprovalRequest
}

export type TellNews = (transaction: Transaction<Database>, news: ApprovalNews) => Promise<void>

const NOBODY: TellNews = () => Promise.resolve()

export function createApprovals(
  db: Kysely<Database>,
  tell: TellNews = NOBODY,
  log: Log = () => undefined,
): Approvals {
  return {
    ask: async (request) => {
      let isFlood = false
      const telling: TellNews = async (transaction, news) => {
        isFlood = news.kind === 'collapsed'
        await tell(transaction, news)
      }
      const asked = await within(PATIENCE_MS, ask(db, request, telling))
      const { grantId, operation } = request
      if (isFlood) log({ event: 'approvals_collapsed', grantId, operation })
      return asked
    },
    findGiven: async (grantId, digest) => {
      const row = await within(PATIENCE_MS, readLive(db, grantId, digest))
      return row?.status === 'approved' ? row : undefined
    },
    find: (grantId, id) => within(PATIENCE_MS, readOne(db, grantId, id)),
  }
}

/** INVARIANT: the grant's row is locked, so of any number that ask for one action at once one makes the row and tells of it */
async function ask(
  db: Kysely<Database>,
  request: ApprovalRequest,
  tell: TellNews,
): Promise<Approval | 'too_many'> {
  const { grantId, digest } = request
  return db.transaction().execute(async (transaction) => {
    const buyerId = await lockGrant(transaction, grantId)
    if (buyerId === undefined) throw new Error('an approval is of a grant that stands')
    const known = await readLive(transaction, grantId, digest)
    if (known !== undefined) return known
    const waiting = await countWaiting(transaction, request)
    if (waiting.ofGrant >= MAX_WAITING) return 'too_many'
    await sql`
      update approvals set live = false where grant_id = ${grantId} and digest = ${digest} and live
    `.execute(transaction)
    const asked = await insert(transaction, request, buyerId)
    const news = { approvalId: asked.id, buyerId, request }
    if (waiting.ofKind < MAX_CARDS_OF_A_KIND) await tell(transaction, { kind: 'waiting', ...news })
    if (waiting.ofKind === MAX_CARDS_OF_A_KIND) {
      await tell(transaction, { kind: 'collapsed', ...news })
    }
    return asked
  })
}

async function lockGrant(
  transaction: Transaction<Database>,
  grantId: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ buyer_id: string }>`
    select buyer_id from grants where id = ${grantId} and revoked_at is null for no key update
  `.execute(transaction)
  return rows[0]?.buyer_id
}

async function countWaiting(
  db: Kysely<Database>,
  { grantId, operation }: ApprovalRequest,
): Promise<{ ofGrant: number; ofKind: number }> {
  const { rows } = await sql<{ of_grant: number; of_kind: number }>`
    select count(*)::integer as of_grant,
           count(*) filter (where operation = ${operation})::integer as of_kind
      from approvals
     where grant_id = ${grantId} and live and status = 'pending' and expires_at > now()
  `.execute(db)
  return { ofGrant: rows[0]?.of_grant ?? 0, ofKind: rows[0]?.of_kind ?? 0 }
}

async function insert(
  transaction: Transaction<Database>,
  request: ApprovalRequest,
  buyerId: string,
): Promise<Approval> {
  const { rows } = await sql<Row>`
    insert into approvals (id, grant_id, buyer_id, client_id, provider, operation, digest, card,
                           decision_id, status, live, expires_at)
    values (${`apr_${randomUUID()}`}, ${request.grantId}, ${buyerId}, ${request.clientId ?? null},
            ${request.provider}, ${request.operation}, ${request.digest},
            ${JSON.stringify(request.card)}::jsonb, ${request.decisionId}, 'pending', true,
            now() + ${KEPT}::interval)
    returning ${COLUMNS}
  `.execute(transaction)
  return toApproval(rows[0])
}

interface Row {
  readonly id: string
  readonly status: Exclude<Approval['status'], 'expired'>
  readonly is_over: boolean
  readonly end: number
}

const COLUMNS = sql`id, status, expires_at <= now() as is_over,
                    extract(epoch from expires_at)::double precision as end`

/** what stands for this action now */
async function readLive(
  db: Kysely<Database>,
  grantId: string,
  digest: string,
): Promise<Approval | undefined> {
  const { rows } = await sql<Row>`
    select ${COLUMNS} from approvals
     where grant_id = ${grantId} and digest = ${digest} and live and expires_at > now()
  `.execute(db)
  return rows[0] && toApproval(rows[0])
}

async function readOne(
  db: Kysely<Database>,
  grantId: string,
  id: string,
): Promise<Approval | undefined> {
  const { rows } = await sql<Row>`
    select ${COLUMNS} from approvals where grant_id = ${grantId} and id = ${id}
  `.execute(db)
  return rows[0] && toApproval(rows[0])
}

/** what nobody decided in time ended by itself, and so did a yes that nobody used; a no stays a no */
function toApproval(row: Row | undefined): Approval {
  if (row === undefined) throw new Error('the approval was not written')
  return { id: row.id, status: statusOf(row), expiresAt: Math.floor(row.end) }
}

export function statusOf(row: Pick<Row, 'status' | 'is_over'>): Approval['status'] {
  const endsByItself = row.status === 'pending' || row.status === 'approved'
  return row.is_over && endsByItself ? 'expired' : row.status
}

/** a revocation does not see what is asked for while it runs */
const OF_A_LIVE_GRANT = sql<boolean>`exists (
  select from grants where grants.id = approvals.grant_id and grants.revoked_at is null)`
const WAITS = sql<boolean>`status = 'pending' and live and expires_at > now() and ${OF_A_LIVE_GRANT}`

/** one winner of however many decide at once; false: it is decided, over, withdrawn, or not this buyer's */
export async function decideApproval(
  db: Kysely<Database>,
  { id, buyerId, status, by }: Decided,
): Promise<boolean> {
  const whose = buyerId === undefined ? sql`` : sql`and buyer_id = ${buyerId}`
  const { numAffectedRows } = await sql`
    update approvals
       set status = ${status}, decided_at = now(), decided_by = ${by},
           expires_at = now() + ${KEPT}::interval
     where id = ${id} ${whose} and ${WAITS}
  `.execute(db)
  return numAffectedRows === 1n
}

/** all that waits of one kind, whatever came while she read; answers how many */
export async function denyKind(
  db: Kysely<Database>,
  kind: {
    readonly grantId: string
    readonly operation: string
    readonly buyerId: string
    readonly by: string
  },
): Promise<number> {
  const { numAffectedRows } = await sql`
    update approvals
       set status = 'denied', decided_at = now(), decided_by = ${kind.by},
           expires_at = now() + ${KEPT}::interval
     where grant_id = ${kind.grantId} and operation = ${kind.operation}
       and buyer_id = ${kind.buyerId} and ${WAITS}
  `.execute(db)
  return Number(numAffectedRows ?? 0)
}

interface Decided {
  readonly id: string
  /** undefined: the operator decides, who may for everybody */
  readonly buyerId: string | undefined
  readonly status: 'approved' | 'denied'
  /** who it was, for the record: `buyer`, `operator` */
  readonly by: string
}

/** INVARIANT: of any number of calls with one approval one uses it, and its intent is in the same transaction */
export async function useApproval(
  transaction: Kysely<Database>,
  id: string,
  decisionId: string,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update approvals set used_by = ${decisionId}, live = false
     where id = ${id} and status = 'approved' and live and expires_at > now() and ${OF_A_LIVE_GRANT}
  `.execute(transaction)
  return numAffectedRows === 1n
}

/** nothing was done with it; unless its action was asked for again meanwhile, it can be used once more */
export async function returnApproval(
  transaction: Transaction<Database>,
  decisionId: string,
): Promise<void> {
  const { rows } = await sql<{ id: string; grant_id: string }>`
    select id, grant_id from approvals where used_by = ${decisionId}
  `.execute(transaction)
  const [used] = rows
  if (used === undefined || (await lockGrant(transaction, used.grant_id)) === undefined) return
  await sql`
    update approvals set used_by = null, live = true
     where id = ${used.id} and not exists (
       select from approvals other
        where other.grant_id = approvals.grant_id and other.digest = approvals.digest
          and other.live)
  `.execute(transaction)
}

/** an approval as its buyer is shown it */
export interface ShownApproval {
  readonly id: string
  readonly grant_id: string
  readonly buyer_id: string
  readonly client_id: string | null
  readonly provider: string
  readonly operation: string
  readonly card: ApprovalCard
  readonly status: Row['status']
  /** by the database's clock */
  readonly is_over: boolean
  readonly live: boolean
  readonly asked_at: Date
  readonly expires_at: Date
  readonly decided_at: Date | null
  readonly decided_by: string | null
  readonly used_by: string | null
}

/** of one buyer, or of everybody: what waits, the oldest first */
export async function listWaiting(
  db: Kysely<Database>,
  buyerId: string | undefined,
): Promise<ShownApproval[]> {
  let query = db.selectFrom('approvals').select(SHOWN).where(WAITS).orderBy('asked_at').limit(500)
  if (buyerId !== undefined) query = query.where('buyer_id', '=', buyerId)
  return query.execute()
}

export async function findShown(
  db: Kysely<Database>,
  id: string,
): Promise<ShownApproval | undefined> {
  return db.selectFrom('approvals').select(SHOWN).where('id', '=', id).executeTakeFirst()
}

export async function listWaitingIds(db: Kysely<Database>, buyerId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('approvals')
    .select('id')
    .where(WAITS)
    .where('buyer_id', '=', buyerId)
    .orderBy('asked_at')
    .limit(500)
    .execute()
  return rows.map(({ id }) => id)
}

export async function countWaitingOf(db: Kysely<Database>, buyerId: string): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from approvals where buyer_id = ${buyerId} and ${WAITS}
  `.execute(db)
  return rows[0]?.waiting ?? 0
}

/** what was decided, withdrawn or left undecided lately, the newest first */
export async function listDecided(
  db: Kysely<Database>,
  buyerId: string,
  limit: number,
): Promise<ShownApproval[]> {
  return db
    .selectFrom('approvals')
    .select(SHOWN)
    .where('buyer_id', '=', buyerId)
    .where(sql<boolean>`(status <> 'pending' or expires_at <= now())`)
    .orderBy(sql`coalesce(decided_at, expires_at)`, 'desc')
    .limit(limit)
    .execute()
}

const SHOWN = [
  'id',
  'grant_id',
  'buyer_id',
  'client_id',
  'provider',
  'operation',
  'card',
  'status',
  'live',
  'asked_at',
  'expires_at',
  'decided_at',
  'decided_by',
  'used_by',
  sql<boolean>`expires_at <= now()`.as('is_over'),
] as const
