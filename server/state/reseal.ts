import type { Kysely, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import { connectionPurpose } from './connection-purpose.ts'
import { seal, SealError, unseal } from './seal.ts'
import { sealingPurpose } from './signing-keys.ts'

export interface Resealed {
  readonly resealed: number
  /** opened with the new key already: an earlier run, or made since */
  readonly current: number
}

/** what an operator asked for cannot be done with these keys or at this time */
export class ResealError extends Error {
  readonly code = 'reseal_refused'
  constructor(message: string) {
    super(message)
    this.name = 'ResealError'
  }
}

interface SealedRow {
  readonly id: string
  readonly purpose: string
  readonly sealed: string
}

/** INVARIANT: everything that `seal` is used for, with the purpose that it is sealed for; a test holds this list against the schema */
const SEALED: Readonly<
  Record<
    'connections' | 'signing_keys',
    (trx: Transaction<Database>) => Promise<readonly SealedRow[]>
  >
> = {
  async connections(trx) {
    const rows = await trx
      .selectFrom('connections')
      .select(['id', 'buyer_id', 'provider', 'account', 'sealed'])
      .execute()
    return rows.map((row) => ({ id: row.id, purpose: connectionPurpose(row), sealed: row.sealed }))
  },
  async signing_keys(trx) {
    const rows = await trx.selectFrom('signing_keys').select(['id', 'sealed']).execute()
    return rows.map(({ id, sealed }) => ({ id, purpose: sealingPurpose(id), sealed }))
  },
}

export const SEALED_TABLES: readonly string[] = Object.keys(SEALED)

/**
 * Seals every row that the old master key opens under the new one. All or nothing: one row that opens with neither leaves everything
 * as it was, and what a run that was cut off had done is undone with it, so it can be run again.
 */
export async function reseal(
  db: Kysely<Database>,
  oldKey: Uint8Array,
  newKey: Uint8Array,
): Promise<Resealed> {
  if (Buffer.from(oldKey).equals(newKey)) {
    throw new ResealError('the old master key and the current one are the same')
  }
  return db.transaction().execute(async (trx) => {
    const count = { resealed: 0, current: 0 }
    const unreadable: string[] = []
    for (const [table, read] of entriesOf(SEALED)) {
      // nobody writes meanwhile; whoever comes later has the new key or fails to open what is here
      await sql`lock table ${sql.table(table)} in share row exclusive mode`.execute(trx)
      for (const row of await read(trx)) {
        const sealed = await sealedAnew(row, oldKey, newKey)
        if (sealed === 'current') count.current += 1
        else if (sealed === 'unreadable') unreadable.push(`${table} ${row.id}`)
        else {
          await trx
            .updateTable(table)
            .set({ sealed: sealed.text })
            .where('id', '=', row.id)
            .execute()
          count.resealed += 1
        }
      }
    }
    if (unreadable.length > 0) throw new ResealError(describe(unreadable))
    return count
  })
}

/** a front keeps what it opened, and would write a renewed credential under the key that it started with */
export async function assertNobodyServes(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ provider: string }>`
    select distinct provider from running_fronts
     where seen_at > now() - greatest(lease_ms, 10000) * interval '1 millisecond'
     order by provider
  `.execute(db)
  if (rows.length === 0) return
  const names = rows.map(({ provider }) => `\`${provider}\``).join(', ')
  throw new ResealError(
    `a front is running (${names}): stop every process first; one that died is forgotten within a minute`,
  )
}

function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  return Object.entries(record) as [K, V][]
}

async function sealedAnew(
  { purpose, sealed }: SealedRow,
  oldKey: Uint8Array,
  newKey: Uint8Array,
): Promise<{ readonly text: string } | 'current' | 'unreadable'> {
  if ((await tryOpen(newKey, purpose, sealed)) !== undefined) return 'current'
  const plaintext = await tryOpen(oldKey, purpose, sealed)
  return plaintext === undefined ? 'unreadable' : { text: await seal(newKey, purpose, plaintext) }
}

async function tryOpen(
  key: Uint8Array,
  purpose: string,
  sealed: string,
): Promise<Uint8Array | undefined> {
  try {
    return await unseal(key, purpose, sealed)
  } catch (error) {
    if (error instanceof SealError) return undefined
    throw error
  }
}

function describe(unreadable: readonly string[]): string {
  const shown = unreadable.slice(0, 10).join(', ')
  const more = unreadable.length > 10 ? ` and ${unreadable.length - 10} more` : ''
  return `nothing was changed: neither key opens ${shown}${more}: is the old key the right one? A connection that nobody can open any more is disconnected first`
}
