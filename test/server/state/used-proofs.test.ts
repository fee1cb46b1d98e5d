import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { createUsedProofs } from '../../../server/state/used-proofs.ts'
import { openTestDatabase } from '../../support/database.ts'

describe('used proofs', () => {
  let open: OpenDatabase
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())

  it('are claimed once, however many replicas ask at once', async () => {
    const replicas = [createUsedProofs(open.db), createUsedProofs(open.db)]
    const claims = await Promise.all(
      [...replicas, ...replicas].map(async (replica) => replica.claim('key', 'jti')),
    )
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  it('are of one key each: nobody uses up another’s', async () => {
    const used = createUsedProofs(open.db)
    expect(await used.claim('one', 'shared')).toBe(true)
    expect(await used.claim('other', 'shared')).toBe(true)
    expect(await used.claim('one', 'shared')).toBe(false)
  })

  it('are kept longer than any proof is good, as a hash of fixed length', async () => {
    await createUsedProofs(open.db).claim('k'.repeat(43), 'j'.repeat(256))
    const rows = await open.db.selectFrom('used_proofs').selectAll().execute()
    for (const { id, expires_at: expires } of rows) {
      expect(id).toMatch(/^[\w-]{43}$/)
      expect(expires.getTime()).toBeGreaterThan(Date.now() + 200_000)
    }
  })

  it('that cannot be looked up are an error, not a first use', async () => {
    const closed = await openTestDatabase()
    const used = createUsedProofs(closed.db)
    await closed.close()
    await expect(used.claim('key', 'jti')).rejects.toThrow()
  })
})
