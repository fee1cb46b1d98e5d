import type { Kysely, Transaction } from 'kysely'
import type {
  Budgets,
  Charge,
  RecordEntry,
  RecordOutcome,
  Recording,
  Spent,
  Taken,
} from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import { returnApproval, useApproval } from './approvals.ts'
import { inOrder, keepForGood, readUsed, returnSpent, takeCharge } from './budget-statements.ts'
import { areSums, GatheredTakes, toSpent } from './gathered-takes.ts'
import { toOutcomeJson, toRecordJson } from './record-json.ts'
import { finishRecords, insertRecords } from './record-statements.ts'
import { within } from './within.ts'

/** the call waits for it */
const PATIENCE_MS = 10_000

/** counters on the database. The intent of a call stands or falls with what the call takes from them, and so does its outcome */
export function createBudgets(db: Kysely<Database>): Budgets {
  const gathered = new GatheredTakes(db)
  return {
    begin: async (entry, charges, approvalId) => {
      if (approvalId === undefined && areSums(charges)) {
        const outcome = await within(PATIENCE_MS, gathered.take(charges, entry))
        const intent = { ...entry, spent: charges.map(toSpent) }
        if (outcome !== 'unsure') {
          return outcome.ok ? { ok: true, recording: openRecording(db, intent, charges) } : outcome
        }
      }
      const taken = await take(db, charges, async (transaction, spent) => {
        if (approvalId !== undefined && !(await useApproval(transaction, approvalId, entry.id))) {
          throw new ApprovalUsed()
        }
        const intent = { ...entry, spent }
        await insertRecords(transaction, [toRecordJson(intent, undefined, undefined)])
        return intent
      })
      if (taken === 'approval_used') return { ok: false, approval: 'gone' }
      return taken.ok ? { ok: true, recording: openRecording(db, taken.done, charges) } : taken
    },
    spend: async (charges) => {
      if (areSums(charges)) {
        const outcome = await within(PATIENCE_MS, gathered.take(charges, undefined))
        if (outcome !== 'unsure') return outcome
      }
      const taken = await take(db, charges, () => Promise.resolve(undefined))
      if (taken === 'approval_used')
        throw new TypeError('nothing is approved where nothing is done')
      return taken
    },
  }
}

async function take<Done>(
  db: Kysely<Database>,
  charges: readonly Charge[],
  finish: (transaction: Transaction<Database>, spent: readonly Spent[]) => Promise<Done>,
): Promise<Taken<{ done: Done }> | 'approval_used'> {
  const work = db.transaction().execute(async (transaction) => {
    const spent: Spent[] = []
    for (const charge of inOrder(charges)) {
      const taken = await takeCharge(transaction, charge)
      if (!taken.ok) throw new NoRoom(charge, taken.asked)
      spent.push(taken.spent)
    }
    return finish(transaction, spent)
  })
  try {
    return { ok: true, done: await within(PATIENCE_MS, work) }
  } catch (error) {
    if (error instanceof ApprovalUsed) return 'approval_used'
    if (!(error instanceof NoRoom)) throw error
    const { charge, asked } = error
    return { ok: false, charge, asked, used: await within(PATIENCE_MS, readUsed(db, charge)) }
  }
}

/** rolls back what was taken for a call that somebody else makes, or that is over */
class ApprovalUsed extends Error {}

/** rolls back what was taken before it */
class NoRoom extends Error {
  readonly charge: Charge
  readonly asked: number
  constructor(charge: Charge, asked: number) {
    super('a budget has no room')
    this.charge = charge
    this.asked = asked
  }
}

function openRecording(
  db: Kysely<Database>,
  intent: RecordEntry,
  charges: readonly Charge[],
): Recording {
  return {
    committed: Promise.resolve(),
    finish: async (outcome, decided) => {
      const entry = decided ?? intent
      await within(PATIENCE_MS, settle(db, { ...entry, spent: intent.spent }, outcome, charges))
    },
  }
}

/** INVARIANT: an intent gets its outcome once, and only with it anything is given back: nothing is given back twice */
async function settle(
  db: Kysely<Database>,
  entry: RecordEntry,
  outcome: RecordOutcome,
  charges: readonly Charge[],
): Promise<void> {
  const spent = entry.spent ?? []
  await db.transaction().execute(async (transaction) => {
    const found = await finishRecords(transaction, [toOutcomeJson(entry, outcome, Date.now())])
    if (!found.has(entry.id)) throw new Error(`the record \`${entry.id}\` cannot be finished`)
    if (outcome.outcome === 'done') await keepForGood(transaction, charges)
    if (outcome.outcome === 'failed' || outcome.outcome === 'refused') {
      for (const one of inOrder(spent)) await returnSpent(transaction, one)
      await returnApproval(transaction, entry.id)
    }
  })
}
