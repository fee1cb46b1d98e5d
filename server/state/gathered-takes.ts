import type { Kysely } from 'kysely'
import type { Charge, RecordEntry, Spent, Taken } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import { addAll, isSum, keyOf, readUsed, type Sum } from './budget-statements.ts'
import { GatheredWrites } from './gathered-writes.ts'
import { toRecordJson } from './record-json.ts'
import { insertRecords } from './record-statements.ts'

/** what one call wants, and whether it got it */
interface Wanted {
  readonly sums: readonly Sum[]
  readonly entry: RecordEntry | undefined
  outcome: Gathered
}

/** `unsure`: somebody was quicker, or a sum did not fit; who asks again alone is told which counter it was */
type Gathered = Taken<object> | 'unsure'

/**
 * Calls that wait at the same time are added up: one statement and one commit for all of them, which is what a counter that
 * everybody wants can bear. INVARIANT: a sum that fits is the same as each of its parts fitting one after the other. When it
 * does not fit nothing is taken, and each goes alone.
 */
export class GatheredTakes {
  readonly #db: Kysely<Database>
  readonly #takes: GatheredWrites<Wanted>

  constructor(db: Kysely<Database>) {
    this.#db = db
    this.#takes = new GatheredWrites((wanted) => this.#takeAll(wanted))
  }

  async take(sums: readonly Sum[], entry: RecordEntry | undefined): Promise<Gathered> {
    const wanted: Wanted = { sums, entry, outcome: 'unsure' }
    await this.#takes.add(wanted)
    return wanted.outcome
  }

  async #takeAll(all: readonly Wanted[]): Promise<void> {
    const [first, ...others] = all
    if (first === undefined) return
    if (others.length === 0) {
      const full = await this.#findFull(first)
      if (full !== undefined) {
        first.outcome = full
        return
      }
    }
    const entries = all.flatMap(({ entry, sums }) =>
      entry === undefined
        ? []
        : [toRecordJson({ ...entry, spent: sums.map(toSpent) }, undefined, undefined)],
    )
    const isTaken = await takeSums(this.#db, addUp(all.flatMap(({ sums }) => sums)), entries)
    if (!isTaken && others.length > 0) throw new Error('the sum has no room')
    for (const wanted of all) wanted.outcome = isTaken ? { ok: true } : 'unsure'
  }

  /** cheaper than to try: most calls that go alone do so because a counter is full */
  async #findFull({ sums }: Wanted): Promise<Taken<object> | undefined> {
    for (const charge of sums) {
      const { amount: asked, max } = charge
      const used = await readUsed(this.#db, charge)
      if (used + asked > max) return { ok: false, charge, used, asked }
    }
    return undefined
  }
}

/** a statement is a transaction of its own; with more than one of them the charges stand or fall together */
async function takeSums(
  db: Kysely<Database>,
  sums: readonly Sum[],
  entries: readonly string[],
): Promise<boolean> {
  if (sums.length === 1 && entries.length === 0) return addAll(db, sums)
  try {
    await db.transaction().execute(async (transaction) => {
      if (!(await addAll(transaction, sums))) throw new NoRoom()
      if (entries.length > 0) await insertRecords(transaction, entries)
    })
    return true
  } catch (error) {
    if (error instanceof NoRoom) return false
    throw error
  }
}

/** rolls back what the other counters gave */
class NoRoom extends Error {}

/** one for each counter; of two numbers to come to the smaller */
function addUp(sums: readonly Sum[]): Sum[] {
  const counters = new Map<string, Sum>()
  for (const sum of sums) {
    const key = keyOf(sum)
    const known = counters.get(key)
    const amount = sum.amount + (known?.amount ?? 0)
    const max = Math.min(sum.max, known?.max ?? Infinity)
    counters.set(key, { ...sum, amount, max })
  }
  return [...counters.values()]
}

export function toSpent({ holder, dimension, window, period, amount }: Sum): Spent {
  return { holder, dimension, window, period, amount }
}

export function areSums(charges: readonly Charge[]): charges is readonly Sum[] {
  return charges.every(isSum)
}
