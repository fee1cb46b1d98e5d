import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { createSentMessages } from '../../../server/state/sent-messages.ts'
import { createServedAttachments } from '../../../server/state/served-attachments.ts'
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
})
