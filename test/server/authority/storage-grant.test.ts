import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GrantStorage } from '../../../server/authority/storage-grant.ts'
import { startAuthority, type TestAuthority } from '../../support/oauth-authority.ts'
import { addPublicAgent } from '../../support/oauth-agent.ts'

let server: TestAuthority
beforeAll(async () => {
  server = await startAuthority()
})
afterAll(async () => server[Symbol.asyncDispose]())

it('a grant ends when it says, however late it is saved', async () => {
  const buyer = await server.addBuyer()
  const { clientId } = await addPublicAgent(server)
  const id = randomUUID()
  const exp = Math.floor(Date.now() / 1000) + 60
  // the library counted these seconds before it made the rest of the grant
  await new GrantStorage(server.database.db).upsert(id, { accountId: buyer.id, clientId, exp }, 90)
  const row = await server.database.db
    .selectFrom('grants')
    .select('expires_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(row.expires_at).toEqual(new Date(exp * 1000))
})
