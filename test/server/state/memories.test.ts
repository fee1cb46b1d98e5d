import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ShownPassages } from '../../../adapters/ports.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { createSentMessages } from '../../../server/state/sent-messages.ts'
import { createServedAttachments } from '../../../server/state/served-attachments.ts'
import { createShownPassages } from '../../../server/state/shown-passages.ts'
import { MemoryShownPassages } from '../../support/memory-ports.ts'
import { openTestDatabase } from '../../support/database.ts'

describe('what a grant was shown and what it sent', () => {
  let open: OpenDatabase
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())

  it('is remembered per grant', async () => {
    const served = createServedAttachments(open.db)
    await served.remember('g_1', 'aa', 'm1')
    await served.remember('g_1', 'aa', 'm2')
    await served.remember('g_2', 'aa', 'm3')
    expect([...(await served.messagesWith('g_1', 'aa'))].toSorted()).toEqual(['m1', 'm2'])
    expect(await served.messagesWith('g_1', 'bb')).toEqual([])
  })

  it('is remembered from the last time it was shown', async () => {
    const served = createServedAttachments(open.db)
    await served.remember('g_3', 'aa', 'm1')
    await sql`update served_attachments set served_at = now() - interval '80 days' where grant_id = 'g_3'`.execute(
      open.db,
    )
    await served.remember('g_3', 'aa', 'm1')
    const { rows } = await sql<{ recent: boolean }>`
      select served_at > now() - interval '1 minute' as recent from served_attachments where grant_id = 'g_3'`.execute(
      open.db,
    )
    expect(rows).toEqual([{ recent: true }])
  })

  it('is asked for in one go', async () => {
    const sent = createSentMessages(open.db)
    await sent.remember('g_1', 'm1')
    await sent.remember('g_1', 'm1')
    await sent.remember('g_2', 'm2')
    expect(await sent.among('g_1', ['m1', 'm2', 'm3'])).toEqual(new Set(['m1']))
    expect(await sent.among('g_1', [])).toEqual(new Set())
  })

  it('is known to every grant on the same mailbox, whoever granted it, and to none on another', async () => {
    const { db } = open
    for (const id of ['b_1', 'b_2'])
      await db
        .insertInto('buyers')
        .values({ id, email: `${id}@x.example`, password_hash: '' })
        .execute()
    const connection = (id: string, buyer_id: string, account: string) => ({
      id,
      buyer_id,
      provider: 'gmail',
      account,
      sealed: '',
    })
    await db
      .insertInto('connections')
      .values([
        connection('c_support', 'b_1', 'support@acme.example'),
        connection('c_sales', 'b_1', 'sales@acme.example'),
        connection('c_colleague', 'b_2', 'support@acme.example'),
      ])
      .execute()
    const grant = (
      id: string,
      buyer_id: string,
      gmail: string,
      revoked_at: Date | null = null,
    ) => ({
      id,
      buyer_id,
      client_id: 'agent',
      authorization_details: '[]',
      payload: '{}',
      connections: JSON.stringify({ gmail }),
      revoked_at,
    })
    await db
      .insertInto('grants')
      .values([
        grant('g_ended', 'b_1', 'c_support', new Date(0)),
        grant('g_next', 'b_1', 'c_support'),
        grant('g_colleague', 'b_2', 'c_colleague'),
        grant('g_sales', 'b_1', 'c_sales'),
      ])
      .execute()
    const sent = createSentMessages(db)
    await sent.remember('g_ended', '<written@front.example>')
    const asking = ['<written@front.example>', '<other@x.example>']
    const known = new Set(['<written@front.example>'])
    expect(await sent.among('g_next', asking)).toEqual(known)
    expect(await sent.among('g_colleague', asking)).toEqual(known)
    // there it is a mail like any other: it may be answered
    expect(await sent.among('g_sales', asking)).toEqual(new Set())
  })
})

describe.each(['database', 'memory'] as const)('which passages a grant was shown (%s)', (store) => {
  let open: OpenDatabase
  let shown: ShownPassages
  beforeAll(async () => {
    open = await openTestDatabase()
    shown = store === 'memory' ? new MemoryShownPassages() : createShownPassages(open.db)
  })
  afterAll(async () => open.close())

  const elsewhere = async (
    grantId: string,
    threadId: string | undefined,
    passages: readonly number[],
  ): Promise<number[]> =>
    [...(await shown.shownElsewhere(grantId, threadId, passages))].toSorted((a, b) => a - b)

  it('is told per grant and thread, the largest number included', async () => {
    const most = Number.MAX_SAFE_INTEGER
    await shown.remember('g_1', 't1', [1, most, 3, 3])
    await shown.remember('g_1', 't2', [3, 0])
    await shown.remember('g_1', 't2', [3, 0])
    await shown.remember('g_2', 't1', [5])
    expect(await elsewhere('g_1', undefined, [0, 1, 3, 5, most])).toEqual([0, 1, 3, most])
    expect(await elsewhere('g_1', 't1', [0, 1, 3, 5, most])).toEqual([0])
    expect(await elsewhere('g_1', 't2', [0, 1, 3, 5, most])).toEqual([1, most])
    expect(await elsewhere('g_1', 't3', [3, 3])).toEqual([3])
    expect(await elsewhere('g_2', 't2', [0, 1, 3, 5])).toEqual([5])
    expect(await elsewhere('g_2', 't2', [])).toEqual([])
  })

  it('leaves the agent its own words, and makes no other its own', async () => {
    await shown.remember('g_3', 't1', [1])
    await shown.claim('g_3', [1, 2, 2])
    await shown.claim('g_3', [])
    await shown.remember('g_3', 't1', [1, 2])
    await shown.claim('g_3', [1, 2])
    expect(await elsewhere('g_3', 't2', [1, 2])).toEqual([1])
    expect(await elsewhere('g_3', undefined, [1, 2])).toEqual([1])
    await shown.remember('g_4', 't1', [2])
    expect(await elsewhere('g_4', 't2', [2])).toEqual([2])
  })
})

describe('passages', () => {
  let open: OpenDatabase
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())

  it('are kept from the last time that they were shown or written', async () => {
    const shown = createShownPassages(open.db)
    await shown.claim('g_1', [1])
    await shown.remember('g_1', 't1', [1, 2, 3])
    await sql`update shown_passages set shown_at = now() - interval '80 days'`.execute(open.db)
    await shown.claim('g_1', [1, 2])
    await shown.remember('g_1', 't1', [2])
    const { rows } = await sql<{ row: string }>`
      select passage || ' ' || thread_id as row from shown_passages
       where shown_at > now() - interval '1 minute' order by passage`.execute(open.db)
    expect(rows.map(({ row }) => row)).toEqual(['1 ', '2 t1'])
  })
})
