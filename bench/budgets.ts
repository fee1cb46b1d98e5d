/**
 * Reservations per second against what one would write first: a single conditional UPDATE. `npm run bench:budgets`.
 * On a PostgreSQL of its own with synchronous commit; two processes' worth of connections; exact, or the run is an error.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Charge, RecordEntry } from '../adapters/ports.ts'
import { freePorts } from '../examples/story/processes.ts'
import { migrate } from '../server/database/migrate.ts'
import { openDatabase, type OpenDatabase } from '../server/database/open.ts'
import type { Database } from '../server/database/schema.ts'
import { createBudgets } from '../server/state/budgets.ts'
import { toRecordJson } from '../server/state/record-json.ts'
import { insertRecords } from '../server/state/record-statements.ts'
import { startPostgres } from './environment.ts'

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3)
const ROUNDS = 3
/** calls that wait at each of the two */
const AT_ONCE = 32
const MAX = 1_000_000_000

type Reserve = (holder: string) => Promise<void>

interface Contestant {
  readonly name: string
  readonly rows: number
  readonly reserve: (database: OpenDatabase) => Reserve
}

const folder = mkdtempSync(join(tmpdir(), 'remit-bench-'))
chmodSync(folder, 0o755)
const [port = 0] = await freePorts(1)
const stop = startPostgres(join(folder, 'postgres'), port)
try {
  await compare()
} finally {
  stop()
  rmSync(folder, { recursive: true, force: true })
}

async function compare(): Promise<void> {
  const url = `postgres://remit@127.0.0.1:${port}/postgres`
  await using first = await openDatabase({ url })
  await using second = await openDatabase({ url })
  await migrate(first.db)
  console.log('| | one row, per s | ÷ UPDATE | 1,000 rows, per s | ÷ UPDATE |')
  console.log('| :-- | --: | --: | --: | --: |')
  for (const [peer, ours] of [
    [
      { name: 'UPDATE', reserve: update },
      { name: 'spend', reserve: spend },
    ],
    [
      { name: 'UPDATE and the intent, in a transaction', reserve: updateWithIntent },
      { name: 'begin', reserve: begin },
    ],
  ] as const) {
    const rates = new Map<string, number>()
    for (const rows of [1, 1000]) {
      const samples = await interleave(
        [
          { ...peer, rows },
          { ...ours, rows },
        ],
        [first, second],
      )
      for (const [name, perSecond] of samples) rates.set(`${name} ${rows}`, perSecond)
    }
    for (const { name } of [peer, ours]) {
      const cells = [1, 1000].flatMap((rows) => {
        const rate = rates.get(`${name} ${rows}`) ?? 0
        return [rate.toFixed(0), (rate / (rates.get(`${peer.name} ${rows}`) ?? 1)).toFixed(2)]
      })
      console.log(`| ${[name, ...cells].join(' | ')} |`)
    }
  }
}

/** the median of each over rounds in turn */
async function interleave(
  contestants: readonly Contestant[],
  databases: readonly OpenDatabase[],
): Promise<Map<string, number>> {
  const samples = new Map<string, number[]>()
  for (const one of contestants) await measure(one, databases, 1)
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of contestants) {
      const rates = samples.get(one.name) ?? []
      samples.set(one.name, [...rates, await measure(one, databases, SECONDS)])
    }
  }
  const median = (rates: readonly number[]): number =>
    rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0
  return new Map([...samples].map(([name, rates]) => [name, median(rates)]))
}

async function measure(
  { reserve, rows }: Contestant,
  databases: readonly OpenDatabase[],
  seconds: number,
): Promise<number> {
  const [{ db }] = databases as [OpenDatabase]
  const run = randomUUID()
  await sql`
    insert into budgets (holder, dimension, time_window, period, used, kept_until)
    select ${run} || ' ' || n, 'calls', 'hour', 'now', 0, now() + interval '1 hour'
      from generate_series(0, ${rows - 1}::integer) as n
  `.execute(db)
  let done = 0
  const began = performance.now()
  const until = began + seconds * 1000
  await Promise.all(
    databases.flatMap((database) => {
      const take = reserve(database)
      return Array.from({ length: AT_ONCE }, async () => {
        while (performance.now() < until) {
          await take(`${run} ${Math.floor(Math.random() * rows)}`)
          done++
        }
      })
    }),
  )
  const elapsed = (performance.now() - began) / 1000
  await assertExact(db, run, done)
  return done / elapsed
}

async function assertExact(db: Kysely<Database>, run: string, done: number): Promise<void> {
  const { rows } = await sql<{ used: number }>`
    select sum(used)::bigint as used from budgets where holder like ${`${run} %`}
  `.execute(db)
  if (rows[0]?.used !== done) throw new Error(`${done} were taken and ${rows[0]?.used} counted`)
}

/** the peer: exact too, and every call waits for the row and for a commit of its own */
function update({ db }: OpenDatabase): Reserve {
  return (holder) => updateOnce(db, holder)
}

async function updateOnce(db: Kysely<Database>, holder: string): Promise<void> {
  const { rows } = await sql`
    update budgets set used = used + 1
     where holder = ${holder} and dimension = 'calls' and time_window = 'hour' and period = 'now'
       and used + 1 <= ${MAX}
    returning used
  `.execute(db)
  if (rows.length === 0) throw new Error('there was room')
}

function updateWithIntent({ db }: OpenDatabase): Reserve {
  return (holder) =>
    db.transaction().execute(async (transaction) => {
      await insertRecords(transaction, [toRecordJson(entry(), undefined, undefined)])
      await updateOnce(transaction, holder)
    })
}

function spend({ db }: OpenDatabase): Reserve {
  const budgets = createBudgets(db)
  return async (holder) => {
    const taken = await budgets.spend([charge(holder)])
    if (!taken.ok) throw new Error('there was room')
  }
}

function begin({ db }: OpenDatabase): Reserve {
  const budgets = createBudgets(db)
  return async (holder) => {
    const begun = await budgets.begin(entry(), [charge(holder)])
    if (!begun.ok) throw new Error('there was room')
  }
}

function charge(holder: string): Charge {
  return {
    holder,
    dimension: 'calls',
    window: 'hour',
    period: 'now',
    max: MAX,
    amount: 1,
    periodEnd: Math.floor(Date.now() / 1000) + 3600,
    holderEnd: undefined,
  }
}

function entry(): RecordEntry {
  return {
    id: `d_${randomUUID()}`,
    provider: 'gmail',
    at: Date.now(),
    grantId: 'g_bench',
    clientId: 'agent',
    operation: 'gmail.users.messages.send',
    request: {},
    facts: undefined,
    decision: 'allow',
    reason: undefined,
    caveat: undefined,
    explanation: undefined,
    lineage: [],
  }
}
