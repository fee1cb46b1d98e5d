import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { openTestDatabase } from '../../support/database.ts'

/** what the rest of the server relies on, whichever engine is below */
describe('an open database', () => {
  let open: OpenDatabase
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    await open.db.deleteFrom('buyers').execute()
    await open.db.deleteFrom('records').execute()
  })

  const buyer = (id: string) => ({ id, email: `${id}@b.example`, password_hash: 'x' })
  const ids = async (): Promise<string[]> =>
    (await open.db.selectFrom('buyers').select('id').orderBy('id').execute()).map(({ id }) => id)

  it('gives dates, numbers, JSON and arrays as JavaScript values', async () => {
    const at = new Date('2026-11-01T10:11:12.123Z')
    await open.db
      .insertInto('records')
      .values({
        id: 'd_1',
        at,
        provider: 'gmail',
        request: JSON.stringify({ method: 'GET', list: [1, 'two'] }),
        decision: 'allow',
        lineage: ['aa', 'b,"{}'],
      })
      .execute()
    const row = await open.db
      .selectFrom('records')
      .select(['at', 'request', 'lineage', 'facts'])
      .select((of) => of.fn.countAll<number>().over().as('count'))
      .executeTakeFirstOrThrow()
    expect(row).toEqual({
      at,
      request: { method: 'GET', list: [1, 'two'] },
      lineage: ['aa', 'b,"{}'],
      facts: null,
      count: 1,
    })
  })

  it('says how many rows a statement changed', async () => {
    await open.db
      .insertInto('buyers')
      .values([buyer('b_1'), buyer('b_2')])
      .execute()
    const updated = await open.db
      .updateTable('buyers')
      .set({ password_hash: 'y' })
      .executeTakeFirst()
    expect(updated.numUpdatedRows).toBe(2n)
    const none = await open.db.deleteFrom('buyers').where('id', '=', 'b_3').executeTakeFirst()
    expect(none.numDeletedRows).toBe(0n)
  })

  it('names the constraint that a statement broke', async () => {
    await open.db.insertInto('buyers').values(buyer('b_1')).execute()
    await expect(open.db.insertInto('buyers').values(buyer('b_1')).execute()).rejects.toMatchObject(
      {
        code: '23505',
        constraint: 'buyers_pkey',
      },
    )
  })

  it('keeps what a transaction commits and nothing of one that throws', async () => {
    await open.db.transaction().execute(async (trx) => {
      await trx.insertInto('buyers').values(buyer('b_1')).execute()
    })
    const failing = open.db.transaction().execute(async (trx) => {
      await trx.insertInto('buyers').values(buyer('b_2')).execute()
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await ids()).toEqual(['b_1'])
  })

  it('does not report a transaction as committed when one of its statements had failed', async () => {
    const committing = open.db.transaction().execute(async (trx) => {
      await trx.insertInto('buyers').values(buyer('b_1')).execute()
      await sql`select 1 / 0`.execute(trx).catch(() => undefined)
    })
    await expect(committing).rejects.toThrow()
    expect(await ids()).toEqual([])
  })

  it('goes back to a savepoint', async () => {
    const trx = await open.db.startTransaction().execute()
    await trx.insertInto('buyers').values(buyer('b_1')).execute()
    const after = await trx.savepoint('first').execute()
    await after.insertInto('buyers').values(buyer('b_2')).execute()
    await after.rollbackToSavepoint('first').execute()
    await after.releaseSavepoint('first').execute()
    await trx.commit().execute()
    expect(await ids()).toEqual(['b_1'])
  })

  it('runs a statement from outside beside an open transaction, not inside it', async () => {
    const trx = await open.db.startTransaction().execute()
    await trx.insertInto('buyers').values(buyer('b_1')).execute()
    const outside = open.db.insertInto('buyers').values(buyer('b_2')).execute()
    await trx.rollback().execute()
    await outside
    expect(await ids()).toEqual(['b_2'])
  })

  it('serves many callers at once', async () => {
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        open.db.transaction().execute(async (trx) => {
          await trx
            .insertInto('buyers')
            .values(buyer(`b_${index}`))
            .execute()
          await trx.selectFrom('buyers').select('id').where('id', '=', `b_${index}`).execute()
        }),
      ),
    )
    expect(await ids()).toHaveLength(50)
  })

  it('delivers a notification once its transaction is committed, and none that was rolled back', async () => {
    const heard: string[] = []
    const stop = await open.listen('remit_test', (payload) => heard.push(payload))
    const notify = async (payload: string, keep: boolean): Promise<void> => {
      const trx = await open.db.startTransaction().execute()
      await sql`select pg_notify('remit_test', ${payload})`.execute(trx)
      await (keep ? trx.commit() : trx.rollback()).execute()
    }
    await notify('lost', false)
    await notify('kept', true)
    await expect.poll(() => heard).toEqual(['kept'])
    await stop()
    await notify('unheard', true)
    await sql`select 1`.execute(open.db)
    expect(heard).toEqual(['kept'])
  })

  it('answers two listeners of one channel', async () => {
    const heard: string[] = []
    const stopFirst = await open.listen('remit_test', (payload) => heard.push(`first ${payload}`))
    const stopSecond = await open.listen('remit_test', (payload) => heard.push(`second ${payload}`))
    await stopFirst()
    await sql`select pg_notify('remit_test', 'x')`.execute(open.db)
    await expect.poll(() => heard).toEqual(['second x'])
    await stopSecond()
  })
})

describe('a closed database', () => {
  it('refuses statements instead of waiting', async () => {
    const open = await openTestDatabase()
    await sql`select 1`.execute(open.db)
    await open.close()
    await expect(sql`select 1`.execute(open.db)).rejects.toThrow()
  })

  it('may be closed before it was ever used', async () => {
    const open = await openTestDatabase()
    await expect(open.close()).resolves.toBeUndefined()
  })
})
