import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { bury, postpone, takeDue } from '../../../server/notifications/outbox.ts'
import { openTestDatabase } from '../../support/database.ts'
import { aboutRefund, addBuyer, put } from './setup.ts'

describe('taking from the outbox', () => {
  let open: OpenDatabase
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    await open.db.deleteFrom('notifications').execute()
  })

  const takeAll = async (times: number) =>
    (
      await Promise.all(Array.from({ length: times }, async () => takeDue(open.db, 'webhook')))
    ).flat()

  it('gives each message to one, however many take at the same time', async () => {
    const buyers = await Promise.all(Array.from({ length: 6 }, async () => addBuyer(open)))
    for (let round = 0; round < 10; round++) {
      await open.db.deleteFrom('notifications').execute()
      await Promise.all(buyers.map(async (buyerId) => put(open, aboutRefund(buyerId))))
      const ids = (await takeAll(8)).map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.length).toBeGreaterThan(0)
    }
  })

  it('changes nothing for a process whose lease ran out', async () => {
    await put(open, aboutRefund(await addBuyer(open)))
    const [slow] = await takeDue(open.db, 'webhook')
    await open.db
      .updateTable('notifications')
      .set({ next_attempt_at: new Date(0) })
      .execute()
    const [other] = await takeDue(open.db, 'webhook')
    expect(other).toMatchObject({ id: slow!.id, attempts: 2 })
    await bury(open.db, 'webhook', slow!, 'too slow')
    await postpone(open.db, 'webhook', slow!, { delaySeconds: -60, reason: 'too slow' })
    expect(await takeDue(open.db, 'webhook')).toEqual([])
    await postpone(open.db, 'webhook', other!, { delaySeconds: 0, reason: 'busy' })
    expect(await takeDue(open.db, 'webhook')).toMatchObject([{ attempts: 3 }])
  })

  it('writes to the address that the buyer has when it is sent', async () => {
    const buyerId = await addBuyer(open)
    await put(open, aboutRefund(buyerId))
    const email = `${buyerId}@new.example`
    await open.db.updateTable('buyers').set({ email }).where('id', '=', buyerId).execute()
    expect(await takeDue(open.db, 'mail')).toMatchObject([{ email }])
  })
})
