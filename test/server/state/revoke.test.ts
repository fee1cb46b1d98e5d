import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import {
  revokeAll,
  revokeGrant,
  revokeToken,
  REVOCATIONS_CHANNEL,
} from '../../../server/state/revoke.ts'
import { openTestDatabase } from '../../support/database.ts'

describe('revocation', () => {
  let open: OpenDatabase
  const inAnHour = new Date(Date.now() + 3_600_000)
  const anHourAgo = new Date(Date.now() - 3_600_000)
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    for (const table of ['revocations', 'oidc_payloads', 'grants'] as const)
      await open.db.deleteFrom(table).execute()
    await addGrant('g_1', 'b_1')
    await addGrant('g_2', 'b_2')
    await open.db
      .insertInto('oidc_payloads')
      .values([
        {
          model: 'AccessToken',
          id: 'a1',
          payload: '{}',
          grant_id: 'g_1',
          revocation_id: 'aa01',
          expires_at: inAnHour,
        },
        {
          model: 'AccessToken',
          id: 'a2',
          payload: '{}',
          grant_id: 'g_1',
          revocation_id: 'aa02',
          expires_at: inAnHour,
        },
        {
          model: 'AccessToken',
          id: 'a3',
          payload: '{}',
          grant_id: 'g_1',
          revocation_id: 'aa03',
          expires_at: anHourAgo,
        },
        { model: 'RefreshToken', id: 'r1', payload: '{}', grant_id: 'g_1', expires_at: inAnHour },
        {
          model: 'AccessToken',
          id: 'a4',
          payload: '{}',
          grant_id: 'g_2',
          revocation_id: 'bb01',
          expires_at: inAnHour,
        },
      ])
      .execute()
  })

  async function addGrant(id: string, buyer: string): Promise<void> {
    await open.db
      .insertInto('grants')
      .values({
        id,
        buyer_id: buyer,
        client_id: 'agent',
        authorization_details: '[]',
        payload: '{}',
        expires_at: inAnHour,
      })
      .execute()
  }
  const revoked = async (): Promise<string[]> =>
    (await open.db.selectFrom('revocations').select(['kind', 'id']).execute())
      .map(({ kind, id }) => `${kind} ${id}`)
      .toSorted()
  const payloads = async (): Promise<string[]> =>
    (await open.db.selectFrom('oidc_payloads').select('id').orderBy('id').execute()).map(
      ({ id }) => id,
    )

  // one connection has nobody to wait for
  if (process.env['TEST_DATABASE_URL'] !== undefined) {
    it('waits for a change of the grant that runs, and neither is given up for the other', async () => {
      let revoked: Promise<number> | undefined
      await open.db.transaction().execute(async (changing) => {
        await changing
          .selectFrom('grants')
          .select('id')
          .where('id', '=', 'g_1')
          .forUpdate()
          .execute()
        revoked = revokeGrant(open.db, 'g_1', 'test')
        revoked.catch(() => undefined)
        await expect.poll(waitingForLocks, { interval: 10 }).toBeGreaterThan(0)
        await changing.deleteFrom('oidc_payloads').where('grant_id', '=', 'g_1').execute()
      })
      await revoked
      const grant = await open.db
        .selectFrom('grants')
        .select('revoked_at')
        .where('id', '=', 'g_1')
        .executeTakeFirstOrThrow()
      expect(grant.revoked_at).not.toBeNull()
    })
  }

  async function waitingForLocks(): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::integer as count from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'
    `.execute(open.db)
    return rows[0]?.count ?? 0
  }

  it('of a grant publishes its live tokens and itself, and leaves nothing to redeem', async () => {
    expect(await revokeGrant(open.db, 'g_1', 'by the buyer')).toBe(2)
    expect(await revoked()).toEqual(['grant g_1', 'token aa01', 'token aa02'])
    expect(await payloads()).toEqual(['a4'])
    const grant = await open.db
      .selectFrom('grants')
      .select(['revoked_at', 'revoked_reason'])
      .where('id', '=', 'g_1')
      .executeTakeFirst()
    expect(grant).toMatchObject({
      revoked_at: expect.any(Date) as Date,
      revoked_reason: 'by the buyer',
    })
  })

  it('of a grant can be said twice, and the first reason stays', async () => {
    await revokeGrant(open.db, 'g_1', 'first')
    expect(await revokeGrant(open.db, 'g_1', 'second')).toBe(0)
    const { revoked_reason: reason } = await open.db
      .selectFrom('grants')
      .select('revoked_reason')
      .where('id', '=', 'g_1')
      .executeTakeFirstOrThrow()
    expect(reason).toBe('first')
  })

  it('of a grant that nobody knows is remembered for ever: its tokens may be out there', async () => {
    await revokeGrant(open.db, 'g_unknown', 'lost')
    const row = await open.db
      .selectFrom('revocations')
      .select('expires_at')
      .where('id', '=', 'g_unknown')
      .executeTakeFirstOrThrow()
    expect(row.expires_at.getUTCFullYear()).toBe(9999)
  })

  it('outlives every token that it stops', async () => {
    const later = new Date(Date.now() + 7_200_000)
    await open.db
      .updateTable('oidc_payloads')
      .set({ expires_at: later })
      .where('id', '=', 'a2')
      .execute()
    await revokeGrant(open.db, 'g_1', 'x')
    const row = await open.db
      .selectFrom('revocations')
      .select('expires_at')
      .where('id', '=', 'g_1')
      .executeTakeFirstOrThrow()
    expect(row.expires_at.getTime()).toBe(later.getTime())
  })

  it('of one token leaves its siblings alone', async () => {
    await revokeToken(open.db, 'aa01', 'by the agent')
    expect(await revoked()).toEqual(['token aa01'])
    expect(await payloads()).toEqual(['a2', 'a3', 'a4', 'r1'])
    await revokeToken(open.db, 'cc99', 'attenuated offline: never stored')
    expect(await revoked()).toEqual(['token aa01', 'token cc99'])
  })

  it('of everything stops one buyer’s agents, or everybody’s', async () => {
    expect(await revokeAll(open.db, 'stop', 'b_2')).toBe(1)
    expect(await revoked()).toEqual(['grant g_2', 'token bb01'])
    expect(await revokeAll(open.db, 'stop')).toBe(1)
    expect(await revoked()).toEqual([
      'grant g_1',
      'grant g_2',
      'token aa01',
      'token aa02',
      'token bb01',
    ])
    expect(await payloads()).toEqual([])
  })

  it('notifies the fronts when it is committed, and not before', async () => {
    const heard: string[] = []
    const stop = await open.listen(REVOCATIONS_CHANNEL, (payload) => heard.push(payload))
    const trx = await open.db.startTransaction().execute()
    await revokeGrant(trx, 'g_1', 'x')
    await trx.rollback().execute()
    await revokeGrant(open.db, 'g_2', 'x')
    await expect.poll(() => heard).toEqual(['g_2'])
    await stop()
    expect(await revoked()).toEqual(['grant g_2', 'token bb01'])
  })
})
