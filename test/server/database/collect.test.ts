import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectExpired } from '../../../server/database/collect.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { openTestDatabase } from '../../support/database.ts'

describe('the collection of expired rows', () => {
  let open: OpenDatabase
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())

  const ago = (text: string) => sql<Date>`now() - ${text}::interval`

  it('keeps what could still be presented, and lets the rest go', async () => {
    const { db } = open
    const payload = (id: string, expired: string | null) => ({
      model: 'PushedAuthorizationRequest',
      id,
      payload: '{}',
      expires_at: expired === null ? null : ago(expired),
    })
    await db
      .insertInto('oidc_payloads')
      .values([
        payload('old', '3 hours'),
        payload('just expired', '59 minutes'),
        payload('for ever', null),
      ])
      .execute()
    const revocation = (id: string, expired: string) => ({
      kind: 'token' as const,
      id,
      reason: 'test',
      expires_at: ago(expired),
    })
    await db
      .insertInto('revocations')
      .values([
        revocation('old', '2 hours'),
        revocation('just expired', '5 minutes'),
        revocation('live', '-1 day'),
      ])
      .execute()
    const served = (message_id: string, since: string) => ({
      grant_id: 'g_1',
      sha256: 'aa',
      message_id,
      served_at: ago(since),
    })
    await db
      .insertInto('served_attachments')
      .values([served('old', '91 days'), served('new', '89 days')])
      .execute()
    const shown = (thread_id: string, since: string) => ({
      grant_id: 'g_1',
      passage: '1',
      thread_id,
      shown_at: ago(since),
    })
    await db
      .insertInto('shown_passages')
      .values([shown('old', '91 days'), shown('new', '89 days')])
      .execute()
    await db
      .insertInto('sign_in_attempts')
      .values([
        { key: 'old', failures: 1, expires_at: ago('1 second') },
        { key: 'new', failures: 1, expires_at: ago('-1 minute') },
      ])
      .execute()

    await db
      .insertInto('used_proofs')
      .values([
        { id: 'old', expires_at: ago('1 minute') },
        { id: 'new', expires_at: ago('-1 minute') },
      ])
      .execute()

    expect(await collectExpired(db)).toBe(6)
    const left = await sql<{ id: string }>`
      select id from oidc_payloads union all select 'revocation ' || id from revocations
      union all select 'served ' || message_id from served_attachments
      union all select 'shown ' || thread_id from shown_passages
      union all select 'attempt ' || key from sign_in_attempts
      union all select 'proof ' || id from used_proofs order by id
    `.execute(db)
    expect(left.rows.map(({ id }) => id)).toEqual([
      'attempt new',
      'for ever',
      'just expired',
      'proof new',
      'revocation just expired',
      'revocation live',
      'served new',
      'shown new',
    ])
  })

  it('never forgets what a grant sent: the next grant on that mailbox must know it', async () => {
    const { db } = open
    const grant = (
      id: string,
      changes: { revoked_at?: ReturnType<typeof ago>; expires_at?: ReturnType<typeof ago> },
    ) => ({
      id,
      buyer_id: 'b_1',
      client_id: 'agent',
      authorization_details: '[]',
      payload: '{}',
      ...changes,
    })
    await db
      .insertInto('grants')
      .values([
        grant('g_live', {}),
        grant('g_revoked', { revoked_at: ago('2 days') }),
        grant('g_expired', { expires_at: ago('2 days') }),
      ])
      .execute()
    await db
      .insertInto('sent_messages')
      .values(
        ['g_live', 'g_revoked', 'g_expired'].map((grant_id) => ({
          grant_id,
          message_id: 'm',
          sent_at: ago('2 years'),
        })),
      )
      .execute()
    expect(await collectExpired(db)).toBe(0)
    const left = await db.selectFrom('sent_messages').select('grant_id').execute()
    expect(left.map((row) => row.grant_id).toSorted()).toEqual(['g_expired', 'g_live', 'g_revoked'])
  })

  it('goes on until nothing is left, a batch at a time, beside another collector', async () => {
    const { db } = open
    await sql`
      insert into oidc_payloads (model, id, payload, expires_at)
      select 'Session', 's' || n, '{}', now() - interval '1 day' from generate_series(1, 250) as n
    `.execute(db)
    const collected = await Promise.all([collectExpired(db, 20), collectExpired(db, 20)])
    expect(collected[0] + collected[1]).toBe(250)
  })
})
