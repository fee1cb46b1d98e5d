import { randomUUID } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { RevocationFeed } from '../../adapters/ports.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { Database } from '../database/schema.ts'
import type { Log } from '../log.ts'
import { REVOCATIONS_CHANNEL } from './revoke.ts'
import { acknowledge, withdrawFront, type RunningFront } from './running-fronts.ts'
import { within } from './within.ts'

export interface RevocationFeedOptions {
  /** how long an answer of the database is trusted */
  readonly leaseMs?: number
  readonly pollMs?: number
  readonly log?: Log
  /** monotonic milliseconds: a wall clock that is set back would make a stale feed fresh */
  readonly monotonic?: () => number
}

export interface RunningRevocationFeed extends RevocationFeed {
  /** resolves when the first complete reading is in memory */
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * A front asks this feed from now on, and the feed says in the database what it has applied for it. Resolves, when that is
   * known, to what is to be called when the front answers nobody any more.
   */
  serve(front: {
    readonly provider: string
    readonly resource: string
  }): Promise<() => Promise<void>>
}

const SWEEP_MS = 60_000
/** how often a front says that it is there when there is nothing else to say */
const PRESENCE_MS = 10_000
/** a complete reading may be long; nothing is served before the first one anyway */
const FULL_READING_TIMEOUT_MS = 60_000

export function createRevocationFeed(
  database: Pick<OpenDatabase, 'db' | 'listen'>,
  options: RevocationFeedOptions = {},
): RunningRevocationFeed {
  return new DatabaseRevocationFeed(database, options)
}

class DatabaseRevocationFeed implements RunningRevocationFeed {
  readonly #database: Pick<OpenDatabase, 'db' | 'listen'>
  readonly #leaseMs: number
  readonly #pollMs: number
  readonly #log: Log
  readonly #monotonic: () => number
  /** revoked id -> until when it has to be remembered, in milliseconds since 1970; token ids are hex, grant ids are not */
  readonly #revoked = new Map<string, number>()
  /** grants that are not to be served until they are resumed */
  readonly #paused: Set<string> = new Set()
  /** what is in memory, as the database writes it down */
  #snapshot = ''
  readonly #fronts = new Map<string, RunningFront>()
  #presentAt = -Infinity
  #acknowledging: Promise<void> | undefined
  /** transactions that were applied and not yet acknowledged */
  #unsaid: readonly number[] = []
  /** every transaction below it was over at the last reading, and what it wrote is in memory */
  #horizon = 0
  #server = ''
  #confirmedAt = -Infinity
  #reading: Promise<void> | undefined
  #again = false
  #stale = false
  #timers: NodeJS.Timeout[] = []
  #unlisten: (() => Promise<void>) | undefined

  constructor(database: Pick<OpenDatabase, 'db' | 'listen'>, options: RevocationFeedOptions) {
    this.#database = database
    this.#leaseMs = options.leaseMs ?? 5_000
    this.#pollMs = options.pollMs ?? 1_000
    this.#log = options.log ?? (() => undefined)
    this.#monotonic = options.monotonic ?? (() => performance.now())
  }

  async start(): Promise<void> {
    this.#unlisten = await this.#database.listen(REVOCATIONS_CHANNEL, () => void this.#refresh())
    await this.#read()
    this.#timers = [
      setInterval(() => void this.#refresh(), this.#pollMs).unref(),
      setInterval(() => this.#sweep(), SWEEP_MS).unref(),
    ]
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#unlisten?.()
    await this.#reading
    await this.#acknowledging
  }

  isFresh(): boolean {
    return this.#monotonic() - this.#confirmedAt <= this.#leaseMs
  }

  isRevoked(revocationIds: readonly string[], grantId: string): boolean {
    return this.#revoked.has(grantKey(grantId)) || revocationIds.some((id) => this.#revoked.has(id))
  }

  isPaused(grantId: string): boolean {
    return this.#paused.has(grantId)
  }

  async serve({ provider, resource }: Omit<RunningFront, 'id'>): Promise<() => Promise<void>> {
    const { db } = this.#database
    const front = { id: randomUUID(), provider, resource }
    this.#fronts.set(front.id, front)
    const said = { snapshot: this.#snapshot, xids: [], leaseMs: this.#leaseMs }
    await within(FULL_READING_TIMEOUT_MS, acknowledge(db, [front], said))
    // what was read meanwhile may have been said before the front was there
    this.#presentAt = -Infinity
    return async () => {
      this.#fronts.delete(front.id)
      await this.#acknowledging
      // one that cannot say that it ended is named as silent for an hour: too much is said of it, not too little
      await within(this.#leaseMs, withdrawFront(db, front.id)).catch(() => undefined)
    }
  }

  /** one reading at a time; a notification that comes during one may be about what that one did not see */
  async #refresh(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#again = true
      return
    }
    this.#reading = this.#readAndReport()
    await this.#reading
    this.#reading = undefined
    if (!this.#again) return
    this.#again = false
    void this.#refresh()
  }

  async #readAndReport(): Promise<void> {
    try {
      await this.#read()
      if (this.#stale) this.#log({ event: 'revocations_fresh' })
      this.#stale = false
    } catch (error) {
      if (this.isFresh() || this.#stale) return
      this.#stale = true
      this.#log({
        event: 'revocations_stale',
        error: error instanceof Error ? error.message : 'unknown',
      })
    }
  }

  async #read(): Promise<void> {
    // the lease counts from the question: an answer that took long is that much older
    const askedAt = this.#monotonic()
    const timeoutMs = this.#horizon === 0 ? FULL_READING_TIMEOUT_MS : this.#leaseMs
    const isWhole = this.#horizon === 0
    const { server, horizon, snapshot, rows, standings } = await within(
      timeoutMs,
      readSince(this.#database.db, this.#horizon),
    )
    for (const { key, expiresAt } of rows) this.#revoked.set(key, expiresAt)
    if (isWhole) this.#paused.clear()
    for (const { grantId, isPaused } of standings) {
      if (isPaused) this.#paused.add(grantId)
      else this.#paused.delete(grantId)
    }
    if (this.#horizon !== 0 && server !== this.#server) {
      // another server counts its transactions from where it took over, which may be behind the horizon
      this.#horizon = 0
      await this.#read()
      return
    }
    this.#server = server
    this.#horizon = horizon
    this.#confirmedAt = askedAt
    this.#snapshot = snapshot
    if (isWhole) this.#presentAt = -Infinity
    this.#acknowledge(isWhole ? [] : standings.map(({ xid }) => xid))
  }

  /**
   * Beside the reading: a database that is slow to write must not make the feed stale. One at a time, so that an older snapshot
   * is never written over a newer one.
   */
  #acknowledge(xids: readonly number[]): void {
    if (this.#fronts.size === 0) return
    this.#unsaid = [...new Set([...this.#unsaid, ...xids])].slice(-MAX_UNSAID)
    const isDue = this.#monotonic() - this.#presentAt >= PRESENCE_MS
    if (this.#acknowledging !== undefined || (this.#unsaid.length === 0 && !isDue)) return
    const said = { snapshot: this.#snapshot, xids: this.#unsaid, leaseMs: this.#leaseMs }
    this.#unsaid = []
    this.#presentAt = this.#monotonic()
    this.#acknowledging = this.#say(said)
  }

  async #say(said: Parameters<typeof acknowledge>[2]): Promise<void> {
    try {
      await acknowledge(this.#database.db, [...this.#fronts.values()], said)
    } catch (error) {
      // what is not acknowledged is not claimed: the console names this front until it can say it
      this.#unsaid = [...said.xids, ...this.#unsaid]
      this.#log({
        event: 'not_acknowledged',
        error: error instanceof Error ? error.message : 'unknown',
      })
      this.#acknowledging = undefined
      return
    }
    this.#acknowledging = undefined
    if (this.#unsaid.length > 0) this.#acknowledge([])
  }

  #sweep(): void {
    const now = Date.now()
    for (const [key, expiresAt] of this.#revoked) if (expiresAt < now) this.#revoked.delete(key)
  }
}

/** of changes that could not be acknowledged one by one, the oldest are covered by the snapshot alone */
const MAX_UNSAID = 1_000

interface Revoked {
  readonly key: string
  readonly expiresAt: number
}

interface Standing {
  readonly grantId: string
  readonly isPaused: boolean
  readonly xid: number
}

type StandingRow = readonly [grantId: string, isPaused: boolean, xid: number]
type RevocationRow = readonly [kind: string, id: string, expiresAtSeconds: number]

/**
 * Rows and horizon come from one snapshot. Sequence numbers would not do: a transaction that took its number first may
 * commit last, behind a reader that already passed it. The rows come as one value, which costs a fraction of as many rows.
 */
async function readSince(
  db: Kysely<Database>,
  horizon: number,
): Promise<{
  server: string
  horizon: number
  snapshot: string
  rows: Revoked[]
  standings: Standing[]
}> {
  const { rows } = await sql<{
    server: string | null
    horizon: number
    snapshot: string
    revoked: RevocationRow[] | null
    standings: StandingRow[] | null
  }>`
    select pg_postmaster_start_time()::text as server,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon,
           pg_current_snapshot()::text as snapshot,
           (select json_agg(json_build_array(kind, id, extract(epoch from expires_at)))
              from revocations where xid >= ${horizon} and expires_at > now()) as revoked,
           (select json_agg(json_build_array(id, paused_at is not null, standing_xid))
              from grants
             where standing_xid >= ${horizon} and (paused_at is not null or ${horizon}::bigint > 0)) as standings
  `.execute(db)
  const [snapshot] = rows
  if (snapshot === undefined) throw new Error('the database answered without a snapshot')
  return {
    server: snapshot.server ?? '',
    horizon: snapshot.horizon,
    snapshot: snapshot.snapshot,
    rows: (snapshot.revoked ?? []).map(([kind, id, expiresAtSeconds]) => ({
      key: kind === 'grant' ? grantKey(id) : id,
      expiresAt: expiresAtSeconds * 1_000,
    })),
    standings: (snapshot.standings ?? []).map(([grantId, isPaused, xid]) => ({
      grantId,
      isPaused,
      xid,
    })),
  }
}

function grantKey(grantId: string): string {
  return `grant ${grantId}`
}
