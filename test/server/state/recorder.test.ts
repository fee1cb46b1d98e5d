import { sql } from 'kysely'
import fc from 'fast-check'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RecordEntry, RecordOutcome } from '../../../adapters/ports.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { createRecorder, type ClosableRecorder } from '../../../server/state/recorder.ts'
import { toRecordJson } from '../../../server/state/record-json.ts'
import { openTestDatabase } from '../../support/database.ts'

const done: RecordOutcome = { outcome: 'done', upstreamStatus: 200 }

function entry(id: string, changes: Partial<RecordEntry> = {}): RecordEntry {
  return {
    id,
    provider: 'gmail',
    at: Date.UTC(2026, 10, 1),
    grantId: 'g_1',
    clientId: 'agent',
    operation: 'gmail.messages.read',
    request: { method: 'GET', path: '/gmail/v1/users/me/messages/{id}', id: '18c' },
    facts: { labels: ['INBOX'] },
    decision: 'allow',
    reason: undefined,
    caveat: undefined,
    explanation: undefined,
    lineage: ['aa', 'bb'],
    ...changes,
  }
}

describe('the recorder', () => {
  let open: OpenDatabase
  let recorder: ClosableRecorder
  let failures: number
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    await open.db.deleteFrom('records').execute()
    failures = 0
    recorder = createRecorder(
      open.db,
      ({ event }) => void (failures += Number(event === 'record_write_failed')),
    )
  })
  afterEach(async () => recorder.close())

  const outcomes = async (): Promise<Record<string, string | null>> => {
    const rows = await open.db.selectFrom('records').select(['id', 'outcome']).execute()
    return Object.fromEntries(rows.map(({ id, outcome }) => [id, outcome]))
  }
  const decisions = async (): Promise<unknown[]> =>
    open.db.selectFrom('records').select(['decision', 'facts', 'reason']).execute()
  const tableAway = async (work: () => Promise<void>): Promise<void> => {
    await sql`alter table records rename to records_away`.execute(open.db)
    try {
      await work()
    } finally {
      await sql`alter table records_away rename to records`.execute(open.db)
    }
  }

  it('writes a refusal with everything that was decided on', async () => {
    const grant = { id: 'g_1', buyer_id: 'b_ada', client_id: 'agent', payload: '{}' }
    await open.db
      .insertInto('grants')
      .values({ ...grant, authorization_details: '[]' })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await recorder.write(
      entry('d_1', {
        decision: 'deny',
        reason: 'caveat',
        caveat: 'block 1: check if op("x")',
        explanation: 'eve@evil.test is not in this conversation',
        operation: undefined,
        facts: undefined,
      }),
      { outcome: 'refused', upstreamStatus: undefined },
    )
    expect(await open.db.selectFrom('records').selectAll().execute()).toEqual([
      {
        id: 'd_1',
        at: new Date(Date.UTC(2026, 10, 1)),
        provider: 'gmail',
        grant_id: 'g_1',
        // whose grant it is: by it she reads her list
        buyer_id: 'b_ada',
        client_id: 'agent',
        operation: null,
        request: { method: 'GET', path: '/gmail/v1/users/me/messages/{id}', id: '18c' },
        facts: null,
        decision: 'deny',
        reason: 'caveat',
        caveat: 'block 1: check if op("x")',
        explanation: 'eve@evil.test is not in this conversation',
        lineage: ['aa', 'bb'],
        outcome: 'refused',
        upstream_status: null,
        spent: null,
        finished_at: expect.any(Date) as Date,
      },
    ])
  })

  it('has the intent in the database before a call with an effect goes on', async () => {
    const call = recorder.begin(entry('d_1'))
    await call.committed
    expect(await outcomes()).toEqual({ d_1: 'pending' })
    await call.finish({ outcome: 'unknown', upstreamStatus: undefined })
    expect(await outcomes()).toEqual({ d_1: 'unknown' })
  })

  it('writes a read once, when its outcome comes soon', async () => {
    const reads = Array.from({ length: 50 }, (_, index) => recorder.begin(entry(`d_${index}`)))
    await Promise.all(reads.map(async (read) => read.finish(done)))
    expect(Object.values(await outcomes())).toEqual(Array.from({ length: 50 }, () => 'done'))
    const { rows } = await sql<{
      groups: number
    }>`select count(distinct xmin::text) as groups from records`.execute(open.db)
    // one commit for the fifty, or few
    expect(rows[0]?.groups).toBeLessThanOrEqual(5)
  })

  it('shows the intent of a call that never came back', async () => {
    recorder.begin(entry('d_1'))
    await expect.poll(outcomes).toEqual({ d_1: 'pending' })
  })

  it('finishes a read whose intent was already written', async () => {
    const read = recorder.begin(entry('d_1'))
    await expect.poll(outcomes).toEqual({ d_1: 'pending' })
    await read.finish(done)
    expect(await outcomes()).toEqual({ d_1: 'done' })
  })

  it.each(['before', 'after'] as const)(
    'replaces what the intent could not know, %s the intent was written',
    async (when) => {
      const read = recorder.begin(entry('d_1', { decision: 'undecided', facts: undefined }))
      if (when === 'after') {
        await expect.poll(outcomes).toEqual({ d_1: 'pending' })
        expect(await decisions()).toEqual([{ decision: 'undecided', facts: null, reason: null }])
      }
      const decided = entry('d_1', { decision: 'deny', facts: { age: 3 }, reason: 'caveat' })
      await read.finish({ outcome: 'refused', upstreamStatus: 200 }, decided)
      expect(await decisions()).toEqual([{ decision: 'deny', facts: { age: 3 }, reason: 'caveat' }])
    },
  )

  it('finishes a call whose intent is being written at this moment', async () => {
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const call = recorder.begin(entry(`d_${index}`))
        const { committed } = call
        await sleep(index % 7)
        await Promise.all([committed, call.finish(done)])
      }),
    )
    expect(new Set(Object.values(await outcomes()))).toEqual(new Set(['done']))
  })

  it('refuses everything that it could not write', async () => {
    await tableAway(async () => {
      const call = recorder.begin(entry('d_1'))
      await expect(call.committed).rejects.toThrow()
      await expect(call.finish(done)).rejects.toThrow()
      await expect(recorder.write(entry('d_2'), done)).rejects.toThrow()
      await expect(recorder.begin(entry('d_3')).finish(done)).rejects.toThrow()
    })
    expect(failures).toBeGreaterThan(0)
    expect(await outcomes()).toEqual({})
    await recorder.write(entry('d_4'), done)
    expect(await outcomes()).toEqual({ d_4: 'done' })
  })

  it('does not end the process when nobody waited for what failed', async () => {
    await tableAway(async () => {
      recorder.begin(entry('d_1'))
      void recorder.begin(entry('d_2')).committed
      await sleep(80)
    })
    expect(failures).toBeGreaterThan(0)
  })

  it('does not finish a record twice, nor one that is gone', async () => {
    const call = recorder.begin(entry('d_1'))
    await call.committed
    await open.db.deleteFrom('records').execute()
    await expect(call.finish(done)).rejects.toThrow(/is not there/)
    const other = recorder.begin(entry('d_2'))
    await other.finish(done)
    await expect(other.finish({ outcome: 'failed', upstreamStatus: 500 })).rejects.toThrow(
      /already has an outcome/,
    )
    expect(await outcomes()).toEqual({ d_2: 'done' })
  })

  it('lets one bad row fail alone', async () => {
    await recorder.write(entry('d_taken'), done)
    const results = await Promise.allSettled([
      recorder.write(entry('d_1'), done),
      recorder.write(entry('d_taken'), done),
      recorder.write(entry('d_2', { request: { huge: 'x'.repeat(300_000) } }), done),
      recorder.write(entry('d_3', { request: { count: 1n } }), done),
      recorder.write(entry('d_4'), done),
    ])
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(Object.keys(await outcomes()).toSorted()).toEqual(['d_1', 'd_4', 'd_taken'])
  })

  it('lets one bad outcome fail alone', async () => {
    const calls = ['d_1', 'd_2', 'd_3'].map((id) => ({ id, call: recorder.begin(entry(id)) }))
    await Promise.all(calls.map(async ({ call }) => call.committed))
    const results = await Promise.allSettled(
      calls.map(async ({ id, call }) =>
        call.finish(done, entry(id, id === 'd_2' ? { facts: { count: 1n } } : {})),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await outcomes()).toEqual({ d_1: 'done', d_2: 'pending', d_3: 'done' })
  })

  it('stores any text an agent may send', async () => {
    const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 40 }), 60)
    await Promise.all(
      texts.map(async (text, index) => {
        const hostile = `\u0000${text}\ud800\\u0000\\\u0000`
        await recorder.write(
          entry(`d_${index}`, { request: { [hostile]: hostile }, caveat: hostile }),
          done,
        )
      }),
    )
    const { caveat } = await open.db
      .selectFrom('records')
      .select('caveat')
      .where('id', '=', 'd_0')
      .executeTakeFirstOrThrow()
    expect(caveat?.startsWith('\ufffd')).toBe(true)
    expect(caveat?.endsWith('\ufffd\\u0000\\\ufffd')).toBe(true)
  })

  it('changes nothing but what cannot be stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const { caveat } = JSON.parse(
          toRecordJson(entry('d_1', { caveat: text }), undefined, undefined),
        ) as { caveat: string }
        expect(caveat).toBe(text.toWellFormed().replaceAll('\u0000', '\ufffd'))
      }),
    )
  })

  it('refuses more than it can hold', async () => {
    const small = createRecorder(open.db, () => undefined, { maxWaiting: 3, lingerMs: 1_000 })
    const calls = Array.from({ length: 5 }, (_, index) => small.begin(entry(`d_${index}`)))
    const results = await Promise.allSettled(calls.map(async (call) => call.finish(done)))
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ])
    await small.close()
  })

  it('writes what waits before it closes, and takes nothing afterwards', async () => {
    const closing = createRecorder(open.db, () => undefined, { lingerMs: 60_000 })
    closing.begin(entry('d_1'))
    const call = closing.begin(entry('d_2'))
    await call.committed
    const finished = call.finish(done)
    await closing.close()
    await finished
    expect(await outcomes()).toEqual({ d_1: 'pending', d_2: 'done' })
    await expect(closing.write(entry('d_3'), done)).rejects.toThrow(/is closed/)
  })

  it('writes no outcome before its intent, also while several groups are on their way', async () => {
    // an intent that takes its time: on PostgreSQL another connection would overtake it
    await sql`create function take_time() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.3); return new; end $$`.execute(open.db)
    await sql`create trigger take_time before insert on records for each row
      when (new.id = 'd_slow') execute function take_time()`.execute(open.db)
    const call = recorder.begin(entry('d_slow'))
    const { committed } = call
    await sleep(50)
    const other = recorder.write(entry('d_1'), done)
    await call.finish(done)
    await Promise.all([committed, other])
    expect(failures).toBe(0)
    expect(await outcomes()).toEqual({ d_1: 'done', d_slow: 'done' })
    await sql`drop function take_time cascade`.execute(open.db)
  })

  it('gives up on a database that does not answer', async () => {
    const impatient = createRecorder(open.db, () => undefined, { timeoutMs: 50 })
    const trx = await open.db.startTransaction().execute()
    await sql`lock table records in access exclusive mode`.execute(trx)
    await expect(impatient.write(entry('d_1'), done)).rejects.toThrow(/no answer within 50 ms/)
    await trx.rollback().execute()
    await impatient.close()
  })
})
