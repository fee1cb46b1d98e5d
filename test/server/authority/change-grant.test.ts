import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseCapabilities, type Capability } from '../../../capabilities/index.ts'
import { changeGrant, type ChangeResult } from '../../../server/state/change-grant.ts'
import {
  addConfidentialAgent,
  readAcme,
  readAll,
  replyAcme,
  type Entry,
  type RawAgent,
  type Tokens,
} from '../../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { grantIdOf, isPublished, revocationIdOf } from '../../support/oauth-token.ts'

let server: TestAuthority
let buyer: TestBuyer
let agent: RawAgent
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
})
beforeEach(async () => {
  agent = await addConfidentialAgent(server)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const toEntries = (entries: readonly Entry[]): Capability[] =>
  parseCapabilities(entries.map((one) => ({ locations: [gmailFront], ...one })))

async function termsOf(grantId: string): Promise<Capability[]> {
  const row = await server.db
    .selectFrom('grants')
    .select('authorization_details')
    .where('id', '=', grantId)
    .executeTakeFirstOrThrow()
  return row.authorization_details as Capability[]
}

async function change(
  grantId: string,
  to: readonly Entry[],
  more: { mayWiden?: boolean; expiresAt?: number; from?: Capability[]; buyerId?: string } = {},
): Promise<ChangeResult> {
  return changeGrant(server.db, {
    grantId,
    buyerId: buyer.id,
    from: parseCapabilities(await termsOf(grantId)),
    to: toEntries(to),
    expiresAt: undefined,
    mayWiden: false,
    ...more,
  })
}

async function obtain(entries: readonly Entry[]): Promise<Tokens & { grantId: string }> {
  const tokens = await agent.obtainTokens(buyer, [...entries])
  return { ...tokens, grantId: await grantIdOf(server, tokens.accessToken) }
}

test('what was issued ends at once, and what is renewed is as narrow as the grant', async () => {
  const { grantId, accessToken, refreshToken } = await obtain([readAll])
  expect(await change(grantId, [readAcme])).toMatchObject({ ok: true, tokens: 1 })
  expect(await isPublished(server, revocationIdOf(accessToken))).toBe(true)
  expect(await agent.introspect(accessToken)).toEqual({ active: false })
  const renewed = await agent.refresh(refreshToken)
  expect(renewed.body['authorization_details']).toMatchObject([{ from: { domains: ['acme.com'] } }])
})

test('nothing becomes possible that was not, unless that is said', async () => {
  const { grantId } = await obtain([readAcme])
  const before = await termsOf(grantId)
  await expect(change(grantId, [readAll])).rejects.toThrow('widen')
  await expect(change(grantId, [readAcme, replyAcme])).rejects.toThrow('widen')
  expect(await termsOf(grantId)).toEqual(before)
})

test('what it gains, the agent has at its next refresh', async () => {
  const { grantId, refreshToken } = await obtain([readAcme])
  expect(await change(grantId, [readAll], { mayWiden: true })).toMatchObject({ ok: true })
  const renewed = await agent.refresh(refreshToken)
  expect(renewed.body['authorization_details']).toEqual(toEntries([{ ...readAll }]))
})

test('narrower, and wider than ever after that', async () => {
  const only = { ...readAcme, newer_than_days: 3 }
  const { grantId, refreshToken } = await obtain([readAcme])
  await change(grantId, [only])
  await change(grantId, [readAll], { mayWiden: true })
  const renewed = await agent.refresh(refreshToken)
  expect(renewed.body['authorization_details']).toEqual(toEntries([readAll]))
})

test('a refresh token that was narrower than its grant gains nothing, also by way of a narrower grant', async () => {
  const { grantId } = await obtain([readAll])
  // remembered: the client proves who it is, and asks for less than it has
  const less = await obtain([{ ...readAcme, newer_than_days: 30 }])
  expect(less.grantId).toBe(grantId)
  await change(grantId, [{ ...readAcme, newer_than_days: 3 }])
  await change(grantId, [readAll], { mayWiden: true })
  const renewed = await agent.refresh(less.refreshToken)
  expect(renewed.body['authorization_details']).toMatchObject([
    { from: { domains: ['acme.com'] }, newer_than_days: 30 },
  ])
})

test('of another buyer, of what changed meanwhile and of what is over nothing is changed', async () => {
  const eve = await server.addBuyer()
  const { grantId } = await obtain([readAll])
  const before = await termsOf(grantId)
  expect(await change(grantId, [readAcme], { buyerId: eve.id })).toEqual({ ok: false })
  const stale = toEntries([{ ...readAll, newer_than_days: 7 }])
  expect(await change(grantId, [{ ...readAcme, newer_than_days: 2 }], { from: stale })).toEqual({
    ok: false,
  })
  expect(await termsOf(grantId)).toEqual(before)
  await server.db
    .updateTable('grants')
    .set({ revoked_at: new Date() })
    .where('id', '=', grantId)
    .execute()
  expect(await change(grantId, [readAcme])).toEqual({ ok: false })
})

test('an earlier end holds for every token from then on, and a later one is not taken', async () => {
  const { grantId, refreshToken } = await obtain([readAll])
  const end = Math.floor(Date.now() / 1000) + 120
  await change(grantId, [readAll], { expiresAt: end * 1000 })
  await change(grantId, [readAll], { expiresAt: (end + 3_600) * 1000 })
  const renewed = await agent.refresh(refreshToken)
  expect(Number(renewed.body['expires_in'])).toBeLessThanOrEqual(120)
  const introspected = await agent.introspect(String(renewed.body['access_token']))
  expect(Number(introspected['exp'])).toBeLessThanOrEqual(end)
})

test('a token that is issued while its grant changes does not outlive the change', async () => {
  // the change comes a little later each time, so that it meets the issuance at every one of its steps
  for (let wait = 0; wait < 24; wait += 1) {
    const { grantId, refreshToken } = await obtain([readAll])
    const renewing = agent.refresh(refreshToken)
    await sleep(wait / 2)
    const changing = change(grantId, [readAcme])
    const { body } = await renewing
    expect(await changing).toMatchObject({ ok: true })
    const [entry] = body['authorization_details'] as Capability[]
    if (entry?.from !== undefined) continue
    const token = String(body['access_token'])
    expect(await isPublished(server, revocationIdOf(token))).toBe(true)
    expect(await agent.introspect(token)).toEqual({ active: false })
  }
})
