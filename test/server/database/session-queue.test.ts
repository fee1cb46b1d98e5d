import { Kysely, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openEmbedded } from '../../../server/database/embedded.ts'
import type { EngineClient } from '../../../server/database/engine-client.ts'
import { EngineDialect } from '../../../server/database/engine-dialect.ts'

describe('the queue before the embedded engine', () => {
  let engine: EngineClient
  let db: Kysely<{ t: { id: number } }>
  beforeAll(async () => {
    engine = await openEmbedded({ waitMs: 1200, idleMs: 1800 })
    db = new Kysely({ dialect: new EngineDialect(engine) })
    await sql`create table t (id integer primary key)`.execute(db)
  })
  afterAll(async () => db.destroy())
  beforeEach(async () => {
    await db.deleteFrom('t').execute()
  })

  const rows = async (): Promise<number[]> =>
    (await db.selectFrom('t').select('id').orderBy('id').execute()).map(({ id }) => id)

  it('gives an error to a transaction that waits for itself, and goes on', async () => {
    const stuck = db.transaction().execute(async (trx) => {
      await trx.insertInto('t').values({ id: 1 }).execute()
      await db.insertInto('t').values({ id: 2 }).execute()
    })
    await expect(stuck).rejects.toMatchObject({ code: '55P03' })
    expect(await rows()).toEqual([])
  })

  it('rolls back a transaction that nobody goes on with, so that the others can', async () => {
    const trx = await db.startTransaction().execute()
    await trx.insertInto('t').values({ id: 1 }).execute()
    // waits for the forgotten transaction, which ends before the waiting does
    await new Promise((later) => setTimeout(later, 1200))
    await db.insertInto('t').values({ id: 2 }).execute()
    await expect(trx.insertInto('t').values({ id: 3 }).execute()).rejects.toMatchObject({
      code: '25P03',
    })
    await trx.rollback().execute()
    expect(await rows()).toEqual([2])
  })

  it('does not let a statement leave a transaction open behind its back', async () => {
    await expect(sql`begin`.execute(db)).rejects.toMatchObject({ code: '25001' })
    await db.insertInto('t').values({ id: 1 }).execute()
    await expect(sql`rollback`.execute(db)).resolves.toBeDefined()
    expect(await rows()).toEqual([1])
  })

  it('runs the statements of one transaction in order even when they are not awaited', async () => {
    await db.transaction().execute(async (trx) => {
      await Promise.all([1, 2, 3].map(async (id) => trx.insertInto('t').values({ id }).execute()))
    })
    expect(await rows()).toEqual([1, 2, 3])
  })

  it('passes the turn in the order of arrival', async () => {
    const order: number[] = []
    await Promise.all(
      [1, 2, 3, 4].map(async (id) =>
        db.transaction().execute(async (trx) => {
          await trx.insertInto('t').values({ id }).execute()
          order.push(id)
        }),
      ),
    )
    expect(order).toEqual([1, 2, 3, 4])
  })

  it('keeps transactions apart from each other', async () => {
    await db.insertInto('t').values({ id: 0 }).execute()
    await Promise.all(
      Array.from({ length: 20 }, async () =>
        db.transaction().execute(async (trx) => {
          const { id } = await trx.selectFrom('t').select('id').executeTakeFirstOrThrow()
          await trx
            .updateTable('t')
            .set({ id: id + 1 })
            .execute()
        }),
      ),
    )
    expect(await rows()).toEqual([20])
  })
})
