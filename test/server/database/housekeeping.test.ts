import { PGlite } from '@electric-sql/pglite'
import { describe, expect, it } from 'vitest'
import type { Statement, StatementResult } from '../../../server/database/engine.ts'
import { startHousekeeping } from '../../../server/database/housekeeping.ts'
import { SessionQueue } from '../../../server/database/session-queue.ts'

describe('the housekeeping of the embedded database', () => {
  it('makes checkpoints and vacuums, which no background process does here', async () => {
    await using pglite = await PGlite.create()
    const execute = async ({ sql, parameters }: Statement): Promise<StatementResult> => {
      const { rows, affectedRows } = await pglite.query(sql, [...parameters])
      return { rows, affectedRows, command: undefined }
    }
    const queue = new SessionQueue(
      { execute, isInTransaction: () => pglite.isInTransaction() },
      { waitMs: 5_000, idleMs: 5_000 },
    )
    const one = async (sql: string): Promise<unknown> => {
      const { rows } = await queue.run(1, { kind: 'query', sql, parameters: [] })
      return Object.values(rows[0] ?? {})[0]
    }
    await pglite.exec('create table t as select n from generate_series(1, 1000) as n')
    const checkpoint = async (): Promise<unknown> =>
      one('select redo_lsn::text from pg_control_checkpoint()')
    const before = await checkpoint()
    expect(await one(`select reltuples from pg_class where relname = 't'`)).toBe(-1)

    const housekeeping = startHousekeeping(queue, execute, { checkpointMs: 30, vacuumMs: 30 })
    await expect.poll(checkpoint, { timeout: 20_000 }).not.toBe(before)
    await expect
      .poll(async () => one(`select reltuples from pg_class where relname = 't'`), {
        timeout: 20_000,
      })
      .toBe(1000)
    housekeeping.stop()
  })
})
