import type { Kysely, Transaction } from 'kysely'
import type {
  BeginOptions,
  Budgets,
  Charge,
  NotBegun,
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
import { beginCall, findCall, settleCall } from './idempotent-calls.ts'
import { settleRecord } from './settle-record.ts'
import { within } from './within.ts'

/** the call waits for it */
const PATIENCE_MS = 10_000

/** counters on the database. The intent of a call stands or falls with what the call takes from them, and so does its outcome */
export function createBudgets(db: Kysely<Database>): Budgets {
  const gathered = new GatheredTakes(db)
  return {
    findCall: (grantId, key) => within(PATIENCE_MS, findCall(db, grantId, key)),
    settleDone: async (recordId) => {
      const settled = db
        .transaction()
        .execute(async (transaction) => settleRecord(transaction, recordId, 'done'))
      await within(PATIENCE_MS, settled)
    },
    begin: async (entry, charges, options = {}) => {
      const { approvalId, idempotent } = options
      const isAlone = approvalId === undefined && idempotent === undefined
      if (isAlone && areSums(charges)) {
        const outcome = await within(PATIENCE_MS, gathered.take(charges, entry))
        const intent = { ...entry, spent: charges.map(toSpent) }
        if (outcome !== 'unsure') {
          return outcome.ok ? { ok: true, recording: openRecording(db, intent, charges) } : outcome
        }
      }
      const taken = await take(db, charges, async (transaction, spent) => {
        if (idempotent !== undefined) {
          const clash = await beginCall(transaction, idempotent, entry.id)
          if (clash !== undefined) throw new NotBegunError({ ok: false, clash })
        }
        if (approvalId !== undefined && !(await useApproval(transaction, approvalId, entry.id))) {
          throw new NotBegunError({ ok: false, approval: 'gone' })
        }
        const intent = { ...entry, spent }
        await insertRecords(transaction, [toRecordJson(intent, undefined, undefined)])
        return intent
      })
      if (!('done' in taken)) return taken
      return { ok: true, recording: openRecording(db, taken.done, charges, options) }
    },
    spend: async (charges) => {
      if (areSums(charges)) {
        const outcome = await within(PATIENCE_MS, gathered.take(charges, undefined))
        if (outcome !== 'unsure') return outcome
      }
      const taken = await take(db, charges, () => Promise.resolve(undefined))
      if (taken.ok || 'charge' in taken) return taken
      throw new TypeError('only a budget can have no room for what is shown')
    },
  }
}

async function take<Done>(
  db: Kysely<Database>,
  charges: readonly Charge[],
  finish: (transaction: Transaction<Database>, spent: readonly Spent[]) => Promise<Done>,
): Promise<Taken<{ done: Done }> | NotBegun> {
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
    if (error instanceof NotBegunError) return error.why
    if (!(error instanceof NoRoom)) throw error
    const { charge, asked } = error
    return { ok: false, charge, asked, used: await within(PATIENCE_MS, readUsed(db, charge)) }
  }
}

/** rolls back what was taken for a call that does not begin */
class NotBegunError extends Error {
  readonly why: NotBegun
  constructor(why: NotBegun) {
    super('the call does not begin')
    this.why = why
  }
}

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
  options: BeginOptions = {},
): Recording {
  return {
    committed: Promise.resolve(),
    finish: async (outcome, decided) => {
      const entry = decided ?? intent
      const settled = settle(db, { ...entry, spent: intent.spent }, outcome, charges, options)
      await within(PATIENCE_MS, settled)
    },
  }
}

/** INVARIANT: an intent gets its outcome once, and only with it anything is given back: nothing is given back twice */
async function settle(
  db: Kysely<Database>,
  entry: RecordEntry,
  outcome: RecordOutcome,
  charges: readonly Charge[],
  { approvalId, idempotent }: BeginOptions,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const found = await finishRecords(transaction, [toOutcomeJson(entry, outcome, Date.now())])
    if (!found.has(entry.id)) throw new Error(`the record \`${entry.id}\` cannot be finished`)
    if (outcome.outcome === 'done') await keepForGood(transaction, charges)
    if (idempotent !== undefined) await settleCall(transaction, entry.id, outcome.outcome)
    if (outcome.outcome === 'failed' || outcome.outcome === 'refused') {
      for (const one of inOrder(entry.spent ?? [])) await returnSpent(transaction, one)
      if (approvalId !== undefined) await returnApproval(transaction, entry.id)
    }
  })
}
