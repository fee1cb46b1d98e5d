import { sql, type Kysely } from 'kysely'
import type { RevocationFeed } from '../../adapters/ports.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { Database } from '../database/schema.ts'
import type { Log } from '../log.ts'
import { REVOCATIONS_CHANNEL } from './revoke.ts'
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
}

const SWEEP_MS = 60_000
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
  }

  isFresh(): boolean {
    return this.#monotonic() - this.#confirmedAt <= this.#leaseMs
  }

  isRevoked(revocationIds: readonly string[], grantId: string): boolean {
    return this.#revoked.has(grantKey(grantId)) || revocationIds.some((id) => this.#revoked.has(id))
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
    const { server, horizon, rows } = await within(
      timeoutMs,
      readSince(this.#database.db, this.#horizon),
    )
    for (const { key, expiresAt } of rows) this.#revoked.set(key, expiresAt)
    if (this.#horizon !== 0 && server !== this.#server) {
      // another server counts its transactions from where it took over, which may be behind the horizon
      this.#horizon = 0
      await this.#read()
      return
    }
    this.#server = server
    this.#horizon = horizon
    this.#confirmedAt = askedAt
  }

  #sweep(): void {
    const now = Date.now()
    for (const [key, expiresAt] of this.#revoked) if (expiresAt < now) this.#revoked.delete(key)
  }
}

interface Revoked {
  readonly key: string
  readonly expiresAt: number
}

type RevocationRow = readonly [kind: string, id: string, expiresAtSeconds: number]

/**
 * Rows and horizon come from one snapshot. Sequence numbers would not do: a transaction that took its number first may
 * commit last, behind a reader that already passed it. The rows come as one value, which costs a fraction of as many rows.
 */
async function readSince(
  db: Kysely<Database>,
  horizon: number,
): Promise<{ server: string; horizon: number; rows: Revoked[] }> {
  const { rows } = await sql<{
    server: string | null
    horizon: number
    revoked: RevocationRow[] | null
  }>`
    select pg_postmaster_start_time()::text as server,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon,
           (select json_agg(json_build_array(kind, id, extract(epoch from expires_at)))
              from revocations where xid >= ${horizon} and expires_at > now()) as revoked
  `.execute(db)
  const [snapshot] = rows
  if (snapshot === undefined) throw new Error('the database answered without a snapshot')
  return {
    server: snapshot.server ?? '',
    horizon: snapshot.horizon,
    rows: (snapshot.revoked ?? []).map(([kind, id, expiresAtSeconds]) => ({
      key: kind === 'grant' ? grantKey(id) : id,
      expiresAt: expiresAtSeconds * 1_000,
    })),
  }
}

function grantKey(grantId: string): string {
  return `grant ${grantId}`
}
