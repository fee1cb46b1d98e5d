import type { Kysely } from 'kysely'
import type { Front } from '../../adapters/front.ts'
import type { ProviderType } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import type { Log } from '../log.ts'
import type { DatabaseConnections } from './connections.ts'
import { claimUnsettled, type UnsettledCall } from './idempotent-calls.ts'
import { settleRecord } from './settle-record.ts'

interface ReconcilerOptions {
  readonly provider: ProviderType
  readonly front: Pick<Front, 'findDone'>
  readonly connections: Pick<DatabaseConnections, 'byId'>
  readonly log: Log
  readonly everyMs?: number
}

const EVERY_MS = 30_000

/**
 * Asks the provider what became of calls whose outcome nobody knows: a time-out after it was sent, a process that died. Until
 * that is known their budgets stay taken. Any replica may ask; of several one does.
 */
export function startReconciler(
  db: Kysely<Database>,
  options: ReconcilerOptions,
): { stop(): Promise<void> } {
  let running: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    running = running
      .then(() => reconcile(db, options))
      .catch((error: unknown) => {
        const text = error instanceof Error ? error.message : 'unknown'
        options.log({ event: 'not_reconciled', decisionId: '', error: text })
      })
  }, options.everyMs ?? EVERY_MS).unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}

/** each unsettled call once; answers how many were settled */
export async function reconcile(
  db: Kysely<Database>,
  { provider, front, connections, log }: ReconcilerOptions,
): Promise<number> {
  let settled = 0
  for (const call of await claimUnsettled(db, provider)) {
    try {
      const outcome = await findOutcome(call, front, connections)
      if (outcome === undefined) continue
      const isFirst = await db
        .transaction()
        .execute(async (transaction) => settleRecord(transaction, call.record_id, outcome))
      if (!isFirst) continue
      settled++
      log({ event: 'reconciled', decisionId: call.record_id, outcome })
    } catch (error) {
      // asked again in a while; until then its budgets stay taken
      const text = error instanceof Error ? error.message : 'unknown'
      log({ event: 'not_reconciled', decisionId: call.record_id, error: text })
    }
  }
  return settled
}

/** not there and long over: it was never done. Not there yet, or nobody answers: it stays as it is */
async function findOutcome(
  { trace, key, connection_id: connectionId, is_over: isOver }: UnsettledCall,
  front: ReconcilerOptions['front'],
  connections: ReconcilerOptions['connections'],
): Promise<'done' | 'failed' | undefined> {
  const connection = await connections.byId(connectionId)
  if (connection === undefined) return undefined
  const found = await front.findDone(connection, trace, key)
  if (found !== undefined) return 'done'
  return isOver ? 'failed' : undefined
}
