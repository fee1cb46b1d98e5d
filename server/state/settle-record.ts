import { sql, type Transaction } from 'kysely'
import type { Spent } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import { returnApproval } from './approvals.ts'
import { inOrder, returnSpent } from './budget-statements.ts'
import { settleCall } from './idempotent-calls.ts'

/** what a call took that came to nothing: its budgets, and the approval that it used */
async function giveBack(
  transaction: Transaction<Database>,
  recordId: string,
  spent: readonly Spent[],
): Promise<void> {
  for (const one of inOrder(spent)) await returnSpent(transaction, one)
  await returnApproval(transaction, recordId)
}

/**
 * The outcome of a call that nobody knew, found out later. INVARIANT: an unknown outcome becomes a known one once, and only
 * with it anything is given back: nothing is given back twice.
 */
export async function settleRecord(
  transaction: Transaction<Database>,
  recordId: string,
  outcome: 'done' | 'failed',
): Promise<boolean> {
  const { rows } = await sql<{ spent: readonly Spent[] | null }>`
    update records
       set outcome = ${outcome}, finished_at = coalesce(finished_at, now())
     where id = ${recordId} and outcome in ('pending', 'unknown')
    returning spent
  `.execute(transaction)
  const [record] = rows
  if (record === undefined) return false
  await settleCall(transaction, recordId, outcome)
  if (outcome === 'failed') await giveBack(transaction, recordId, record.spent ?? [])
  return true
}
