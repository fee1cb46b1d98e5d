import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type OpenDatabase } from '../../../server/database/open.ts'
import {
  createRevocationFeed,
  type RunningRevocationFeed,
} from '../../../server/state/revocation-feed.ts'
import { revokeGrant, revokeToken } from '../../../server/state/revoke.ts'
import { openTestDatabase, readSeed } from '../../support/database.ts'

describe('the revocation feed', () => {
  let open: OpenDatabase
  let feed: RunningRevocationFeed
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    await open.db.deleteFrom('revocations').execute()
  })
  afterEach(async () => feed.stop())

  const never = 3_600_000
  /** notifications that do not arrive, as on a broken connection */
  const deaf = (): Pick<OpenDatabase, 'db' | 'listen'> => ({
    db: open.db,
    listen: async () => async () => undefined,
  })
  const start = async (
    database: Pick<OpenDatabase, 'db' | 'listen'>,
    options: Parameters<typeof createRevocationFeed>[1],
  ): Promise<void> => {
    feed = createRevocationFeed(database, options)
    await feed.start()
  }

  it('knows at its start what was revoked before', async () => {
    await revokeToken(open.db, 'aa01', 'x')
    await revokeGrant(open.db, 'g_1', 'x')
    await start(deaf(), { pollMs: never })
    expect(feed.isRevoked(['bb01', 'aa01'], 'g_2')).toBe(true)
    expect(feed.isRevoked(['bb01'], 'g_1')).toBe(true)
    expect(feed.isRevoked(['bb01'], 'g_2')).toBe(false)
  })

  it('hears of a revocation by notification', async () => {
    await start(open, { pollMs: never })
    await revokeToken(open.db, 'aa02', 'x')
    await expect.poll(() => feed.isRevoked(['aa02'], 'g_1'), { interval: 5 }).toBe(true)
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => revokeGrant(open.db, `g_${index}`, 'x')),
    )
    await expect
      .poll(() =>
        Array.from({ length: 20 }, (_, index) => feed.isRevoked([], `g_${index}`)).every(Boolean),
      )
      .toBe(true)
  })

  it('hears of a revocation by polling when the notification is lost', async () => {
    await start(deaf(), { pollMs: 20 })
    await revokeToken(open.db, 'aa03', 'x')
    await expect.poll(() => feed.isRevoked(['aa03'], 'g_1')).toBe(true)
  })

  it('reads again when a notification comes while it reads', async () => {
    // one connection: what is asked first is answered first, so that the first reading cannot see the revocation
    await using single = await openDatabase({ memory: true, seed: await readSeed() })
    let notify = (): void => undefined
    const listen: OpenDatabase['listen'] = async (_channel, handler) => {
      notify = () => handler('')
      return async () => undefined
    }
    await start({ db: single.db, listen }, { pollMs: never })
    notify()
    const revoking = revokeToken(single.db, 'aa05', 'x')
    notify()
    await revoking
    await expect.poll(() => feed.isRevoked(['aa05'], 'g_1')).toBe(true)
  })

  it('reads everything again from a server that took over with older transaction numbers', async () => {
    await using before = await openDatabase({ memory: true, seed: await readSeed() })
    await using after = await openDatabase({ memory: true, seed: await readSeed() })
    await revokeToken(after.db, 'aa06', 'x')
    for (let n = 0; n < 20; n += 1) await revokeToken(before.db, `old ${n}`, 'x')
    let current = before
    await start(
      {
        get db() {
          return current.db
        },
        listen: deaf().listen,
      },
      { pollMs: 20 },
    )
    current = after
    await expect.poll(() => feed.isRevoked(['aa06'], 'g_1')).toBe(true)
    expect(feed.isRevoked(['old 0'], 'g_1')).toBe(true)
    await feed.stop()
  })

  it('does not take a token id for a grant id', async () => {
    await revokeToken(open.db, 'g_1', 'x')
    await start(deaf(), { pollMs: never })
    expect(feed.isRevoked([], 'g_1')).toBe(false)
  })

  it('is not fresh before its first reading, nor when the last one is older than its lease', async () => {
    let now = 1_000_000
    feed = createRevocationFeed(deaf(), { pollMs: never, leaseMs: 5_000, monotonic: () => now })
    expect(feed.isFresh()).toBe(false)
    await feed.start()
    expect(feed.isFresh()).toBe(true)
    now += 5_000
    expect(feed.isFresh()).toBe(true)
    now += 1
    expect(feed.isFresh()).toBe(false)
  })

  it('does not start when it cannot read', async () => {
    feed = createRevocationFeed(deaf())
    await sql`alter table revocations rename to revocations_away`.execute(open.db)
    try {
      await expect(feed.start()).rejects.toThrow()
      expect(feed.isFresh()).toBe(false)
    } finally {
      await sql`alter table revocations_away rename to revocations`.execute(open.db)
    }
  })

  it('goes stale while the database does not answer, says so once, and is fresh again afterwards', async () => {
    const events: string[] = []
    await start(deaf(), { pollMs: 20, leaseMs: 150, log: ({ event }) => void events.push(event) })
    await revokeToken(open.db, 'aa04', 'x')
    await expect.poll(() => feed.isRevoked(['aa04'], 'g_1')).toBe(true)
    await sql`alter table revocations rename to revocations_away`.execute(open.db)
    try {
      await expect.poll(() => feed.isFresh()).toBe(false)
      expect(feed.isRevoked(['aa04'], 'g_1')).toBe(true)
      await expect.poll(() => events).toEqual(['revocations_stale'])
      await sleep(100)
      expect(events).toEqual(['revocations_stale'])
    } finally {
      await sql`alter table revocations_away rename to revocations`.execute(open.db)
    }
    await expect.poll(() => feed.isFresh()).toBe(true)
    await expect.poll(() => events).toEqual(['revocations_stale', 'revocations_fresh'])
  })

  // one connection has no concurrent transactions to miss
  if (process.env['TEST_DATABASE_URL'] !== undefined) {
    it('does not miss a transaction that took its number first and committed last', async () => {
      await start(deaf(), { pollMs: 10 })
      const slow = await open.db.startTransaction().execute()
      await revokeToken(slow, 'slow', 'x')
      await revokeToken(open.db, 'quick', 'x')
      await expect.poll(() => feed.isRevoked(['quick'], 'g_1')).toBe(true)
      await sleep(50)
      expect(feed.isRevoked(['slow'], 'g_1')).toBe(false)
      await slow.commit().execute()
      await expect.poll(() => feed.isRevoked(['slow'], 'g_1')).toBe(true)
    })

    it('outlives the loss of its listening connection', async () => {
      await start(open, { pollMs: never })
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and query ilike 'listen%'`.execute(open.db)
      await revokeToken(open.db, 'in between', 'x')
      // the reconnect says that something may have been missed
      await expect.poll(() => feed.isRevoked(['in between'], 'g_1'), { timeout: 5_000 }).toBe(true)
      await revokeToken(open.db, 'after', 'x')
      await expect.poll(() => feed.isRevoked(['after'], 'g_1')).toBe(true)
    })
  }
})
