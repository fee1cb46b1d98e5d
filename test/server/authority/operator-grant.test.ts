import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspect, parseCapabilities, verifyToken } from '../../../capabilities/index.ts'
import {
  mintForOperator,
  OperatorGrantError,
  type OperatorGrantRequest,
} from '../../../server/authority/operator-grant.ts'
import { revokeGrant } from '../../../server/state/revoke.ts'
import { RawAgent, readAcme, readAll } from '../../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { ProofKey } from '../../support/oauth-proof.ts'
import { grantIdOf, isPublished, revocationIdOf } from '../../support/oauth-token.ts'

const auditor = { client_id: 'auditor', client_secret: 'a-secret-of-some-length' }
let server: TestAuthority
let buyer: TestBuyer
beforeAll(async () => {
  server = await startAuthority({
    clients: [
      {
        ...auditor,
        grant_types: [],
        response_types: [],
        redirect_uris: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
  })
  buyer = await server.addBuyer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

function request(changes: Partial<OperatorGrantRequest> = {}): OperatorGrantRequest {
  return {
    db: server.db,
    keys: server.keys,
    fronts: server.fronts,
    buyerId: buyer.id,
    clientId: 'support-agent',
    capabilities: parseCapabilities([readAcme]),
    ttlSeconds: 3600,
    ...changes,
  }
}

async function mintOne(
  changes: Partial<OperatorGrantRequest> = {},
): Promise<{ grantId: string; token: string }> {
  const [grant] = await mintForOperator(request(changes))
  return { grantId: grant?.grantId ?? '', token: grant?.tokens.gmail ?? '' }
}

describe('a grant by the operator', () => {
  it('is a token, a row in the inventory and the buyer’s account bound to it', async () => {
    const { grantId, token } = await mintOne()
    expect(verifyToken(token, server.keys.rootKeys).ok).toBe(true)
    expect(inspect(token)).toMatchObject({ grantId, clientId: 'support-agent' })
    expect(await grantIdOf(server, token)).toBe(grantId)
    const row = await server.db
      .selectFrom('grants')
      .select(['buyer_id', 'client_id', 'connections', 'authorization_details'])
      .where('id', '=', grantId)
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({
      buyer_id: buyer.id,
      client_id: 'support-agent',
      connections: { gmail: buyer.connectionId },
      authorization_details: [{ ...readAcme, locations: [gmailFront] }],
    })
  })

  it('is introspected like any other, by its agent and by the operator’s clients', async () => {
    const { token } = await mintOne()
    const agent = new RawAgent(server, 'support-agent')
    const known = new RawAgent(server, auditor.client_id, () => ({
      client_secret: auditor.client_secret,
    }))
    for (const one of [agent, known]) {
      expect(await one.introspect(token)).toMatchObject({
        active: true,
        sub: buyer.id,
        authorization_details: [readAcme],
      })
    }
  })

  it('is exchanged, revoked and ended like any other', async () => {
    const { grantId, token } = await mintOne({ capabilities: parseCapabilities([readAll]) })
    const agent = new RawAgent(server, 'support-agent')
    const narrower = await agent.exchange(token, {
      authorization_details: JSON.stringify([readAcme]),
    })
    expect(narrower.body).toMatchObject({ authorization_details: [readAcme] })
    expect(await agent.revoke(token)).toBe(200)
    expect(await isPublished(server, revocationIdOf(token))).toBe(true)
    expect(await agent.introspect(String(narrower.body['access_token']))).toMatchObject({
      active: true,
    })
    await revokeGrant(server.db, grantId, 'the operator said so')
    expect(await agent.introspect(String(narrower.body['access_token']))).toEqual({ active: false })
  })

  it('does not make its agent’s name a client that can ask buyers', async () => {
    await mintOne()
    const { pushed } = await new RawAgent(server, 'support-agent').propose([readAcme])
    expect(pushed.status).toBe(400)
  })

  it('can be for the agent’s own key only', async () => {
    const key = await ProofKey.create()
    const { token } = await mintOne({ keyThumbprint: key.thumbprint })
    const agent = new RawAgent(server, 'support-agent')
    expect((await agent.exchange(token)).body['error']).toBe('invalid_grant')
    expect(await agent.introspect(token)).toMatchObject({ cnf: { jkt: key.thumbprint } })
    const proof = await key.prove('POST', `${server.issuer}/oauth/token`)
    expect((await agent.exchange(token, {}, proof)).body['token_type']).toBe('DPoP')
    const checks = inspect(token).lineage.flatMap((block) => block.checks)
    expect(checks).toContain(`check if cnf_jkt("${key.thumbprint}")`)
  })

  it('can last longer than each of its tokens', async () => {
    const { grantId, token } = await mintOne({ tokenSeconds: 300 })
    const agent = new RawAgent(server, 'support-agent')
    const soon = Date.now() / 1000 + 301
    const exchanged = await agent.exchange(token)
    expect(exchanged.body['expires_in']).toBeLessThanOrEqual(300)
    for (const one of [token, String(exchanged.body['access_token'])]) {
      expect(inspect(one).expiresAt).toBeLessThanOrEqual(soon)
      expect((await agent.introspect(one))['exp']).toBeLessThanOrEqual(soon)
    }
    const row = await server.db
      .selectFrom('grants')
      .select(['access_token_seconds', 'expires_at'])
      .where('id', '=', grantId)
      .executeTakeFirstOrThrow()
    expect(row.access_token_seconds).toBe(300)
    expect(row.expires_at?.getTime()).toBeGreaterThan(Date.now() + 3_000_000)
  })

  it('comes in any number, each on its own', async () => {
    const grants = await mintForOperator(request({ count: 1_203 }))
    expect(new Set(grants.map(({ grantId }) => grantId)).size).toBe(1_203)
    expect(new Set(grants.map(({ tokens }) => tokens.gmail)).size).toBe(1_203)
    const last = grants.at(-1)?.tokens.gmail ?? ''
    expect(await new RawAgent(server, 'support-agent').introspect(last)).toMatchObject({
      active: true,
    })
  })

  it.each([
    ['an unknown buyer', { buyerId: 'b_nobody' }, 'unknown_buyer'],
    ['a connection of somebody else', { connections: { gmail: 'c_other' } }, 'no_connection'],
    ['no grants', { count: 0 }, 'invalid_request'],
    ['no time', { ttlSeconds: 0 }, 'invalid_request'],
    ['tokens of no time', { tokenSeconds: 0 }, 'invalid_request'],
    ['tokens of half a second', { tokenSeconds: 0.5 }, 'invalid_request'],
    ['tokens that outlive it', { tokenSeconds: 3601 }, 'invalid_request'],
    ['an agent without a name', { clientId: '' }, 'invalid_request'],
    ['an agent whose name is no text', { clientId: 'a\0b' }, 'invalid_request'],
    ['a key that is no thumbprint', { keyThumbprint: 'x' }, 'invalid_request'],
    ['a front that is not here', { fronts: [] }, 'no_front'],
  ])('is refused for %s', async (_, changes, code) => {
    const before = await countGrants()
    await expect(mintForOperator(request(changes))).rejects.toMatchObject({ code })
    await expect(mintForOperator(request(changes))).rejects.toBeInstanceOf(OperatorGrantError)
    expect(await countGrants()).toBe(before)
  })
})

async function countGrants(): Promise<number> {
  const rows = await server.db.selectFrom('grants').select('id').execute()
  return rows.length
}
