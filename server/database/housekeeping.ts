import type { Statement, StatementResult } from './engine.ts'
import type { SessionQueue } from './session-queue.ts'

interface Intervals {
  readonly checkpointMs: number
  readonly vacuumMs: number
}

const DEFAULT_INTERVALS: Intervals = { checkpointMs: 5 * 60_000, vacuumMs: 60 * 60_000 }

/**
 * PostgreSQL leaves these to background processes, which the embedded engine does not have: without checkpoints its log
 * grows until the disk is full, without vacuum its tables do.
 */
export function startHousekeeping(
  queue: SessionQueue,
  execute: (statement: Statement) => Promise<StatementResult>,
  { checkpointMs, vacuumMs }: Intervals = DEFAULT_INTERVALS,
): { stop(): void } {
  const every = (milliseconds: number, sql: string): NodeJS.Timeout => {
    const run = async (): Promise<StatementResult> =>
      queue.exclusively(async () => execute({ kind: 'query', sql, parameters: [] }))
    // a busy engine is no failure: the next round does the work
    return setInterval(() => void run().catch(() => undefined), milliseconds).unref()
  }
  const timers = [every(checkpointMs, 'checkpoint'), every(vacuumMs, 'vacuum (analyze)')]
  return { stop: () => timers.forEach((timer) => clearInterval(timer)) }
}
