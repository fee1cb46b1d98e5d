import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Capability } from '../../../capabilities/index.ts'
import {
  addConfidentialAgent,
  addPublicAgent,
  readAcme,
  readAll,
  replyAcme,
  toTokens,
  type Entry,
  type RawAgent,
} from '../../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type Decide,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { Browser } from '../../support/oauth-browser.ts'
import { grantIdOf } from '../../support/oauth-token.ts'

let server: TestAuthority
let buyer: TestBuyer
let agent: RawAgent
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
})
// a new one each time: a client that authenticates is remembered
beforeEach(async () => {
  agent = await addConfidentialAgent(server)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const asked = (...entries: Entry[]): { authorization_details: string } => ({
  authorization_details: JSON.stringify(entries),
})
const detailsOf = (answer: { body: Record<string, unknown> }): unknown =>
  answer.body['authorization_details']
const onlyAcme: Decide = (proposed) =>
  proposed.map((one) => ({ ...one, from: { domains: ['acme.com'] } }))

describe('at consent', () => {
  it('the token carries what the buyer left of the proposal', async () => {
    const { body } = await agent.obtainTokens(buyer, [readAll, replyAcme], {
      decide: (proposed) => onlyAcme(proposed.slice(0, 1), undefined as never),
    })
    expect(detailsOf({ body })).toEqual([{ ...readAcme, content: 'full', locations: [gmailFront] }])
  })

  it('a choice that is wider than the proposal is not saved', async () => {
    const wider: Decide = (proposed) =>
      proposed.map((one): Capability => ({ ...one, from: undefined }))
    const { url } = await agent.propose([readAcme])
    const end = await new Browser(buyer, wider).walk(url)
    expect('stuckAt' in end && end.stuckAt.status).toBe(500)
    const grants = await server.db
      .selectFrom('grants')
      .select('authorization_details')
      .where('client_id', '=', agent.clientId)
      .execute()
    expect(
      grants.every(({ authorization_details: [one] }) => (one as Capability).from !== undefined),
    ).toBe(true)
  })

  it('a buyer who refuses sends the agent an error', async () => {
    const { url } = await agent.propose([readAcme])
    const arrivedAt = await new Browser(buyer, () => undefined).arrive(url)
    expect(Object.fromEntries(arrivedAt.searchParams)).toMatchObject({
      error: 'access_denied',
      iss: server.issuer,
    })
  })

  it('an account of somebody else is not bound to the grant', async () => {
    const other = await server.addBuyer()
    const { url } = await agent.propose([readAcme])
    const end = await new Browser({ ...buyer, connectionId: other.connectionId }).walk(url)
    expect('stuckAt' in end && end.stuckAt.status).toBe(500)
  })

  it('the account is bound to the grant', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    const grantId = await grantIdOf(server, accessToken)
    const row = await server.db
      .selectFrom('grants')
      .select(['connections', 'buyer_id'])
      .where('id', '=', grantId)
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ connections: { gmail: buyer.connectionId }, buyer_id: buyer.id })
    expect(grantId).toMatch(/^g_/)
  })
})

describe('at the token endpoint', () => {
  it('a code can be redeemed for less', async () => {
    const { code, verifier } = await agent.obtainCode(buyer, [readAll])
    const answer = await agent.redeem(code, verifier, asked({ ...readAll, content: 'metadata' }))
    expect(answer.body).toMatchObject({
      authorization_details: [{ actions: ['messages.read'], content: 'metadata' }],
    })
  })

  it('a refresh can ask for less, keeps what it leaves unsaid, and returns to everything after', async () => {
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme, replyAcme])
    const narrow = await agent.refresh(
      refreshToken,
      asked({ type: 'gmail', actions: ['messages.read'], content: 'metadata' }),
    )
    expect(detailsOf(narrow)).toEqual([
      { ...readAcme, content: 'metadata', locations: [gmailFront] },
    ])
    expect(detailsOf(await agent.refresh(refreshToken))).toHaveLength(2)
  })

  it('a refresh with fewer scopes has fewer actions', async () => {
    const { refreshToken, body } = await agent.obtainTokens(buyer, undefined, {
      fields: { scope: 'gmail.messages.read gmail.messages.reply' },
    })
    expect(detailsOf({ body })).toMatchObject([{ actions: ['messages.read', 'messages.reply'] }])
    const answer = await agent.refresh(refreshToken, { scope: 'gmail.messages.read' })
    expect(answer.body).toMatchObject({
      scope: 'gmail.messages.read',
      authorization_details: [{ actions: ['messages.read'] }],
    })
  })

  it('a grant that was tightened is tighter at the next refresh', async () => {
    const { refreshToken, accessToken } = await agent.obtainTokens(buyer, [readAll])
    await tighten(await grantIdOf(server, accessToken), [
      { ...readAcme, content: 'full', locations: [gmailFront] },
    ])
    expect(detailsOf(await agent.refresh(refreshToken))).toMatchObject([
      { from: { domains: ['acme.com'] } },
    ])
  })

  it('a grant that was widened afterwards widens no refresh token', async () => {
    const { refreshToken, accessToken } = await agent.obtainTokens(buyer, [readAcme])
    await tighten(await grantIdOf(server, accessToken), [
      { ...readAll, content: 'full', locations: [gmailFront] },
    ])
    expect(detailsOf(await agent.refresh(refreshToken))).toMatchObject([
      { from: { domains: ['acme.com'] } },
    ])
  })

  it('a grant of which nothing is left gives no token', async () => {
    const { refreshToken, accessToken } = await agent.obtainTokens(buyer, [readAcme])
    await tighten(await grantIdOf(server, accessToken), [
      {
        ...readAll,
        from: { domains: ['other.example'] },
        content: 'full',
        locations: [gmailFront],
      },
    ])
    expect(await agent.refresh(refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    })
  })

  it('a token does not outlive its grant', async () => {
    const { url, verifier } = await agent.propose([readAcme])
    const browser = new Browser(buyer, (all) => all, { expiresAt: Date.now() + 90_000 })
    const code = (await browser.arrive(url)).searchParams.get('code') ?? ''
    const { body, refreshToken } = toTokens(await agent.redeem(code, verifier))
    expect(Number(body['expires_in'])).toBeLessThanOrEqual(90)
    expect(Number((await agent.introspect(refreshToken))['exp'])).toBeLessThanOrEqual(
      Date.now() / 1000 + 91,
    )
  })
})

describe('a proposal', () => {
  it.each([
    ['with an unknown field', [{ ...readAll, limit: 3 }], 'limit'],
    ['of an unknown type', [{ type: 'calendar', actions: ['read'] }], 'type'],
    ['to send to anybody', [{ type: 'gmail', actions: ['messages.send'] }], 'recipients'],
    ['for another front', [{ ...readAll, locations: ['https://evil.example'] }], 'locations'],
    ['that is an object', { ...readAll }, 'array'],
    ['that is a number', [3], 'object'],
    ['of 17 entries', Array.from({ length: 17 }, () => readAll), ''],
  ])('%s is refused with a reason', async (_, details, reason) => {
    const { pushed } = await agent.propose(details)
    expect(pushed).toMatchObject({ status: 400, body: { error: 'invalid_authorization_details' } })
    expect(String(pushed.body['error_description'])).toContain(reason)
  })

  it('of nothing at all is refused where it is made', async () => {
    for (const resource of [gmailFront, undefined]) {
      const { pushed } = await agent.propose(undefined, { resource, scope: 'openid' })
      expect(pushed).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    }
  })

  it('for a resource that is no front is refused', async () => {
    const { pushed } = await agent.propose([readAll], { resource: 'https://evil.example' })
    expect(pushed).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
  })

  it('by scopes becomes the plain capability behind each', async () => {
    const { body } = await agent.obtainTokens(buyer, undefined, {
      fields: { scope: 'gmail.messages.read', resource: `${gmailFront}/` },
    })
    expect(body).toMatchObject({
      scope: 'gmail.messages.read',
      authorization_details: [{ actions: ['messages.read'], locations: [gmailFront] }],
    })
  })

  it('by scopes cannot send, because a scope names no recipient', async () => {
    const { pushed } = await agent.propose(undefined, { scope: 'gmail.messages.send' })
    expect(pushed).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
  })

  it('of details and scopes is what the details say, and no scope promises more', async () => {
    const { body } = await agent.obtainTokens(buyer, [readAcme], {
      fields: { scope: 'gmail.messages.read gmail.messages.send' },
    })
    expect(body).toMatchObject({ scope: 'gmail.messages.read', authorization_details: [readAcme] })
  })
})

describe('consents', () => {
  it('that run in parallel have a grant each', async () => {
    const one = await addPublicAgent(server)
    const browser = new Browser(buyer)
    await agent.obtainCode(buyer, [readAcme], { browser })
    const first = await one.propose([readAcme])
    const second = await one.propose([replyAcme])
    const [arrivedFirst, arrivedSecond] = await walkTabs(browser, [first.url, second.url])
    const a = toTokens(await one.redeem(codeOf(arrivedFirst), first.verifier))
    const b = toTokens(await one.redeem(codeOf(arrivedSecond), second.verifier))
    expect(await grantIdOf(server, a.accessToken)).not.toBe(await grantIdOf(server, b.accessToken))
    expect(detailsOf(a)).toMatchObject([readAcme])
    expect(detailsOf(b)).toMatchObject([replyAcme])
    expect(await one.introspect(a.accessToken)).toMatchObject({ active: true })
  })

  it('are remembered for a client that authenticates, also for prompt=none, and only as far as they reach', async () => {
    const one = await addConfidentialAgent(server)
    const browser = new Browser(buyer)
    await one.obtainCode(buyer, [readAll], { browser })
    let asks = 0
    const silent = new Browser(buyer, (all) => (asks++, all))
    await one.obtainCode(buyer, [readAcme], { browser: silent })
    expect(asks).toBe(0)
    await one.obtainCode(buyer, [readAcme], { browser: silent, fields: { prompt: 'none' } })
    const { url } = await one.propose([replyAcme], { prompt: 'none' })
    expect((await silent.arrive(url)).searchParams.get('error')).toMatch(
      /consent_required|interaction_required/,
    )
  })

  it('are not remembered for a public client, whose id anybody can bring', async () => {
    const one = await addPublicAgent(server)
    let asks = 0
    const browser = new Browser(buyer, (all) => (asks++, all))
    await one.obtainCode(buyer, [readAcme], { browser })
    await one.obtainCode(buyer, [readAcme], { browser })
    expect(asks).toBe(2)
    const { url } = await one.propose([readAcme], { prompt: 'none' })
    expect((await browser.arrive(url)).searchParams.get('error')).toMatch(
      /consent_required|interaction_required/,
    )
  })

  it('with prompt=none and nobody signed in fail with login_required', async () => {
    const { url } = await agent.propose([readAcme], { prompt: 'none' })
    expect((await new Browser(buyer).arrive(url)).searchParams.get('error')).toBe('login_required')
  })
})

async function tighten(grantId: string, details: readonly Entry[]): Promise<void> {
  await server.db
    .updateTable('grants')
    .set({ authorization_details: JSON.stringify(details) })
    .where('id', '=', grantId)
    .execute()
}

/** two tabs of one person: every page of the one between two pages of the other */
async function walkTabs(browser: Browser, starts: readonly (string | URL)[]): Promise<URL[]> {
  const tabs = starts.map((start) => browser.open(start))
  const arrived = new Map<number, URL>()
  while (arrived.size < tabs.length) {
    for (const [index, tab] of tabs.entries()) {
      const step = arrived.has(index) ? undefined : await tab.next()
      if (step?.done !== true) continue
      if ('stuckAt' in step.value) throw new Error(`stuck: ${await step.value.stuckAt.text()}`)
      arrived.set(index, step.value.arrivedAt)
    }
  }
  return tabs.flatMap((_, index) => arrived.get(index) ?? [])
}

function codeOf(arrivedAt: URL | undefined): string {
  return arrivedAt?.searchParams.get('code') ?? ''
}
