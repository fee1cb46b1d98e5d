import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pauseGrant, resumeGrant } from '../../../server/state/pause.ts'
import {
  addConfidentialAgent,
  addPublicAgent,
  readAcme,
  readAll,
  toTokens,
} from '../../support/oauth-agent.ts'
import {
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { grantIdOf, isPublished, revocationIdOf } from '../../support/oauth-token.ts'

let server: TestAuthority
let buyer: TestBuyer
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function countTokens(grantId: string): Promise<number> {
  const rows = await server.db
    .selectFrom('oidc_payloads')
    .select('id')
    .where('grant_id', '=', grantId)
    .where('model', '=', 'AccessToken')
    .execute()
  return rows.length
}

describe('while a grant is paused', () => {
  it('its refresh token gets nothing, is not spent by asking, and is good again when it is resumed', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken, refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const grantId = await grantIdOf(server, accessToken)
    await pauseGrant(server.db, grantId, 'buyer')
    for (let n = 0; n < 2; n += 1) {
      const refused = await agent.refresh(refreshToken)
      expect(await countTokens(grantId)).toBe(1)
      // a client throws its token away at `invalid_grant`
      expect(refused).toMatchObject({ status: 400, body: { error: 'access_denied' } })
      expect(String(refused.body['error_description'])).toContain('keep the token')
    }
    await resumeGrant(server.db, grantId)
    expect((await agent.refresh(refreshToken)).status).toBe(200)
    expect(await countTokens(grantId)).toBe(2)
  })

  it('its code is not spent either', async () => {
    const agent = await addPublicAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { id } = await server.db
      .selectFrom('grants')
      .select('id')
      .where('client_id', '=', agent.clientId)
      .executeTakeFirstOrThrow()
    await pauseGrant(server.db, id, 'buyer')
    expect((await agent.redeem(code, verifier)).body['error']).toBe('access_denied')
    expect(await countTokens(id)).toBe(0)
    await resumeGrant(server.db, id)
    expect((await agent.redeem(code, verifier)).status).toBe(200)
  })

  it('its tokens are exchanged for nothing and say that they are not active, but none is revoked', async () => {
    const agent = await addConfidentialAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAll])
    const grantId = await grantIdOf(server, accessToken)
    await pauseGrant(server.db, grantId, 'buyer')
    const exchanged = await agent.exchange(accessToken)
    expect(exchanged.body['error']).toBe('access_denied')
    expect(await countTokens(grantId)).toBe(1)
    expect(await agent.introspect(accessToken)).toEqual({ active: false })
    expect(await isPublished(server, revocationIdOf(accessToken))).toBe(false)
    await resumeGrant(server.db, grantId)
    expect(await agent.introspect(accessToken)).toMatchObject({ active: true })
    expect(toTokens(await agent.exchange(accessToken)).accessToken).not.toBe('')
  })

  it('an agent that saves its old copy of the grant does not resume it', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken, refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const grantId = await grantIdOf(server, accessToken)
    const held = await server.authority.provider.Grant.find(grantId)
    await pauseGrant(server.db, grantId, 'buyer')
    await held?.save()
    expect((await agent.refresh(refreshToken)).body['error']).toBe('access_denied')
  })
})
