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

/** how often everything is read again: a database that failed over may have gone back behind the horizon */
const FULL_READING_MS = 60_000

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
      setInterval(() => this.#startOver(), FULL_READING_MS).unref(),
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
    const { horizon, rows } = await within(
      this.#leaseMs,
      readSince(this.#database.db, this.#horizon),
    )
    for (const { key, expiresAt } of rows) this.#revoked.set(key, expiresAt)
    this.#horizon = horizon
    this.#confirmedAt = askedAt
  }

  #startOver(): void {
    this.#horizon = 0
    const now = Date.now()
    for (const [key, expiresAt] of this.#revoked) if (expiresAt < now) this.#revoked.delete(key)
  }
}

interface Revoked {
  readonly key: string
  readonly expiresAt: number
}

/**
 * Rows and horizon come from one snapshot. Sequence numbers would not do: a transaction that took its number first may
 * commit last, behind a reader that already passed it.
 */
async function readSince(
  db: Kysely<Database>,
  horizon: number,
): Promise<{ horizon: number; rows: Revoked[] }> {
  const { rows } = await sql<{
    horizon: number
    kind: string | null
    id: string
    expires_at: Date
  }>`
    select snapshot.horizon, revocations.kind, revocations.id, revocations.expires_at
      from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon) as snapshot
      left join revocations on revocations.xid >= ${horizon} and revocations.expires_at > now()
  `.execute(db)
  return {
    horizon: rows[0]?.horizon ?? horizon,
    rows: rows
      .filter(({ kind }) => kind !== null)
      .map(({ kind, id, expires_at: expiresAt }) => ({
        key: kind === 'grant' ? grantKey(id) : id,
        expiresAt: expiresAt.getTime(),
      })),
  }
}

function grantKey(grantId: string): string {
  return `grant ${grantId}`
}
