import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { pauseAll, pauseGrant, resumeGrant } from '../../../server/state/pause.ts'
import { awaitReach, readReach } from '../../../server/state/reach.ts'
import {
  createRevocationFeed,
  type RunningRevocationFeed,
} from '../../../server/state/revocation-feed.ts'
import { revokeGrant } from '../../../server/state/revoke.ts'
import { openTestDatabase } from '../../support/database.ts'

describe('pausing', () => {
  const never = 3_600_000
  const gmail = { provider: 'gmail', resource: 'https://gmail.example' } as const
  const stripe = { provider: 'stripe', resource: 'https://stripe.example' } as const
  let open: OpenDatabase
  let feeds: RunningRevocationFeed[] = []

  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    for (const table of ['grants', 'running_fronts', 'revocations'] as const)
      await open.db.deleteFrom(table).execute()
    for (const [id, buyer] of [
      ['g_1', 'ada'],
      ['g_2', 'ada'],
      ['g_3', 'eve'],
    ] as const)
      await addGrant(id, buyer)
  })
  afterEach(async () => {
    for (const feed of feeds) await feed.stop()
    feeds = []
  })

  async function addGrant(id: string, buyer: string, change: object = {}): Promise<void> {
    const row = { id, buyer_id: buyer, client_id: 'agent', authorization_details: '[]' }
    await open.db
      .insertInto('grants')
      .values({ ...row, payload: '{}', expires_at: new Date(Date.now() + 3_600_000), ...change })
      .execute()
  }

  /** another process: it has a memory of its own */
  async function startFeed(
    listens: 'hears' | 'deaf' = 'hears',
    pollMs = never,
  ): Promise<RunningRevocationFeed> {
    const deaf = { db: open.db, listen: async () => async () => undefined }
    const feed = createRevocationFeed(listens === 'hears' ? open : deaf, { pollMs })
    feeds.push(feed)
    await feed.start()
    return feed
  }

  it('reaches a feed by notification, and is taken back by a resumption', async () => {
    const feed = await startFeed()
    await pauseGrant(open.db, 'g_1', 'buyer')
    await expect.poll(() => feed.isPaused('g_1'), { interval: 5 }).toBe(true)
    expect(feed.isPaused('g_2')).toBe(false)
    expect(feed.isRevoked([], 'g_1')).toBe(false)
    await resumeGrant(open.db, 'g_1')
    await expect.poll(() => feed.isPaused('g_1'), { interval: 5 }).toBe(false)
  })

  it('reaches a feed that hears nothing by its next look, and one that starts later at its start', async () => {
    const deaf = await startFeed('deaf', 20)
    await pauseGrant(open.db, 'g_1', 'buyer')
    await expect.poll(() => deaf.isPaused('g_1'), { interval: 5 }).toBe(true)
    await pauseGrant(open.db, 'g_2', 'buyer')
    await resumeGrant(open.db, 'g_2')
    const later = await startFeed('deaf')
    expect(later.isPaused('g_1')).toBe(true)
    expect(later.isPaused('g_2')).toBe(false)
  })

  it('changes nothing twice, and nothing of a grant that is over', async () => {
    await revokeGrant(open.db, 'g_3', 'x')
    expect(await pauseGrant(open.db, 'g_3', 'buyer')).toBeUndefined()
    expect(await pauseGrant(open.db, 'g_none', 'buyer')).toBeUndefined()
    expect(await resumeGrant(open.db, 'g_1')).toBeUndefined()
    expect(await pauseGrant(open.db, 'g_1', 'buyer')).toMatchObject({ grants: 1 })
    expect(await pauseGrant(open.db, 'g_1', 'operator')).toBeUndefined()
  })

  it('stops every grant of one buyer in one statement, and nobody else’s', async () => {
    await addGrant('g_over', 'ada', { expires_at: new Date(Date.now() - 1_000) })
    const feed = await startFeed()
    expect(await pauseAll(open.db, 'ada', 'buyer')).toMatchObject({ grants: 2 })
    await expect.poll(() => feed.isPaused('g_1') && feed.isPaused('g_2')).toBe(true)
    expect(feed.isPaused('g_3')).toBe(false)
    const xids = await open.db
      .selectFrom('grants')
      .select(['id', 'standing_xid'])
      .where('paused_at', 'is not', null)
      .execute()
    expect(xids.map(({ id }) => id).sort()).toEqual(['g_1', 'g_2'])
    expect(new Set(xids.map(({ standing_xid: xid }) => xid)).size).toBe(1)
    expect(await pauseAll(open.db, 'ada', 'buyer')).toBeUndefined()
  })

  it('every front that was reached says so, after it has applied it', async () => {
    const [one, other] = [await startFeed(), await startFeed()]
    await one.serve(gmail)
    await other.serve(stripe)
    const stopped = await pauseAll(open.db, 'ada', 'buyer')
    const reach = await awaitReach(open.db, stopped?.xid ?? 0, [gmail, stripe], 5_000)
    expect(reach.fronts.map(({ provider, state }) => [provider, state])).toEqual([
      ['gmail', 'knows'],
      ['stripe', 'knows'],
    ])
    for (const { since } of reach.fronts) {
      expect(since).toBeLessThanOrEqual(reach.now)
      expect(since).toBeGreaterThan(reach.now - 10_000)
    }
    expect(one.isPaused('g_1') && other.isPaused('g_2')).toBe(true)
  })

  it('does not say of a front what that front has not said', async () => {
    const [hearing, deaf] = [await startFeed(), await startFeed('deaf')]
    await hearing.serve(gmail)
    await deaf.serve(stripe)
    const stopped = await pauseAll(open.db, 'ada', 'buyer')
    const reach = await awaitReach(open.db, stopped?.xid ?? 0, [gmail, stripe], 300)
    expect(reach.fronts.map(({ provider, state, since }) => [provider, state, since])).toEqual([
      ['gmail', 'knows', expect.any(Number)],
      ['stripe', 'running', undefined],
    ])
    expect(deaf.isPaused('g_1')).toBe(false)
  })

  it('a front that is gone without a word is silent, one that nobody runs is absent, and one that ended is not named', async () => {
    const feed = await startFeed()
    await feed.serve(gmail)
    const leave = await feed.serve(stripe)
    const minuteAgo = new Date(Date.now() - 60_000)
    await open.db
      .insertInto('running_fronts')
      .values({ id: 'crashed', ...gmail, applied: null, lease_ms: 5_000, seen_at: minuteAgo })
      .execute()
    await leave()
    const stopped = await pauseAll(open.db, 'ada', 'buyer')
    const reach = await awaitReach(open.db, stopped?.xid ?? 0, [gmail, stripe], 5_000)
    expect(reach.fronts.map(({ provider, state }) => `${provider} ${state}`).toSorted()).toEqual([
      'gmail knows',
      'gmail silent',
      'stripe absent',
    ])
  })

  it('a front that started after it knew it from the first call on, which is said without a time', async () => {
    const stopped = await pauseAll(open.db, 'ada', 'buyer')
    const feed = await startFeed('deaf')
    await feed.serve(gmail)
    const reach = await readReach(open.db, stopped?.xid ?? 0, [gmail])
    expect(reach.fronts).toMatchObject([{ state: 'knows', since: undefined }])
  })

  it('acknowledges later what it could not acknowledge at once', async () => {
    const feed = await startFeed('deaf', 50)
    await feed.serve(gmail)
    await open.db.schema.alterTable('front_acknowledgements').renameTo('elsewhere').execute()
    const stopped = await pauseAll(open.db, 'ada', 'buyer')
    await expect.poll(() => feed.isPaused('g_1')).toBe(true)
    await sleep(100)
    await open.db.schema.alterTable('elsewhere').renameTo('front_acknowledgements').execute()
    const reach = await awaitReach(open.db, stopped?.xid ?? 0, [gmail], 5_000)
    expect(reach.fronts).toMatchObject([{ state: 'knows', since: expect.any(Number) as unknown }])
  })
})
