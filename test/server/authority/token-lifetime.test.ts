import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { inspect } from '../../../capabilities/index.ts'
import {
  addConfidentialAgent,
  addPublicAgent,
  readAcme,
  toTokens,
  type Answer,
  type RawAgent,
} from '../../support/oauth-agent.ts'
import {
  startAuthority,
  type PlayedTerms,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { Browser } from '../../support/oauth-browser.ts'
import { grantIdOf } from '../../support/oauth-token.ts'

const usual = 600
const max = 3_600
const refreshTokenType = 'urn:ietf:params:oauth:token-type:refresh_token'

let server: TestAuthority
let buyer: TestBuyer
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** redeems a code of a consent on these terms */
async function consent(agent: RawAgent, terms: PlayedTerms): Promise<Answer> {
  const browser = new Browser(buyer, (all) => all, terms)
  const { code, verifier } = await agent.obtainCode(buyer, [readAcme], { browser })
  return agent.redeem(code, verifier)
}

/** the seconds that a token lasts, which the answer, the token itself and introspection say alike */
async function lifetimeOf(agent: RawAgent, { status, body }: Answer): Promise<number> {
  expect(status).toBe(200)
  const now = Date.now() / 1000
  const seconds = Number(body['expires_in'])
  const token = String(body['access_token'])
  const { exp } = await agent.introspect(token)
  for (const end of [inspect(token).expiresAt ?? Infinity, Number(exp)]) {
    expect(Math.abs(end - now - seconds)).toBeLessThanOrEqual(3)
  }
  return seconds
}

async function changeGrant(answer: Answer, seconds: number | null): Promise<void> {
  const grantId = await grantIdOf(server, String(answer.body['access_token']))
  await server.db
    .updateTable('grants')
    .set({ access_token_seconds: seconds })
    .where('id', '=', grantId)
    .execute()
}

/** every look at the clock finds it 0.4 seconds on */
async function whileSecondsPass(request: () => Promise<Answer>): Promise<Answer> {
  const now = Date.now.bind(Date)
  let passed = 0
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + (passed += 400))
  const answer = await request().finally(() => {
    clock.mockRestore()
  })
  expect(passed).toBeGreaterThan(1_000)
  return answer
}

const near = (actual: number, expected: number): void => {
  expect(actual).toBeLessThanOrEqual(expected)
  expect(actual).toBeGreaterThan(expected - 5)
}

describe('an access token', () => {
  it('lasts as long as its grant says, by code, refresh and exchange', async () => {
    const agent = await addConfidentialAgent(server)
    const byCode = await consent(agent, { accessTokenSeconds: 1_800 })
    const { accessToken, refreshToken } = toTokens(byCode)
    near(await lifetimeOf(agent, byCode), 1_800)
    near(await lifetimeOf(agent, await agent.refresh(refreshToken)), 1_800)
    near(await lifetimeOf(agent, await agent.exchange(accessToken)), 1_800)
    const bySubject = { subject_token_type: refreshTokenType }
    near(await lifetimeOf(agent, await agent.exchange(refreshToken, bySubject)), 1_800)
  })

  it('lasts as long as the authority says under a grant that does not', async () => {
    const agent = await addPublicAgent(server)
    near(await lifetimeOf(agent, await consent(agent, {})), usual)
  })

  it('lasts no longer than the maximum, whatever its grant says', async () => {
    const agent = await addPublicAgent(server)
    near(await lifetimeOf(agent, await consent(agent, { accessTokenSeconds: 86_400 })), max)
  })

  it('is shorter-lived from the next refresh on when its grant was tightened', async () => {
    const agent = await addConfidentialAgent(server)
    const first = await consent(agent, { accessTokenSeconds: 3_600 })
    await changeGrant(first, 120)
    const { accessToken, refreshToken } = toTokens(first)
    near(await lifetimeOf(agent, await agent.refresh(refreshToken)), 120)
    near(await lifetimeOf(agent, await agent.exchange(accessToken)), 120)
  })

  it('does not become longer-lived by an exchange when its grant was loosened', async () => {
    const agent = await addPublicAgent(server)
    const first = await consent(agent, { accessTokenSeconds: 60 })
    await changeGrant(first, 3_600)
    near(await lifetimeOf(agent, await agent.exchange(toTokens(first).accessToken)), 60)
  })

  it('ends with its grant, though the seconds pass while it is made', async () => {
    const agent = await addPublicAgent(server)
    const browser = new Browser(buyer, (all) => all, { expiresAt: Date.now() + 90_000 })
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme], { browser })
    const { body } = await whileSecondsPass(() => agent.redeem(code, verifier))
    const token = String(body['access_token'])
    const { expires_at: end } = await server.db
      .selectFrom('grants')
      .select('expires_at')
      .where('id', '=', await grantIdOf(server, token))
      .executeTakeFirstOrThrow()
    expect(inspect(token).expiresAt).toBeLessThanOrEqual((end?.getTime() ?? 0) / 1000)
  })

  // one second won by each exchange, and a token renews itself until its grant ends
  it('wins nothing by an exchange that is answered while the seconds pass', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken } = toTokens(await consent(agent, { accessTokenSeconds: 600 }))
    const { exp } = await agent.introspect(accessToken)
    const { body } = await whileSecondsPass(() => agent.exchange(accessToken))
    const got = String(body['access_token'])
    expect(Number((await agent.introspect(got))['exp'])).toBeLessThanOrEqual(Number(exp))
    expect(inspect(got).expiresAt).toBeLessThanOrEqual(inspect(accessToken).expiresAt ?? 0)
  })

  it('never outlasts its grant, the maximum or what it came from', async () => {
    const agent = await addPublicAgent(server)
    // long enough to be still there at the end of a slow run
    const seconds = fc.integer({ min: 60, max: 7_200 })
    await fc.assert(
      fc.asyncProperty(seconds, seconds, fc.option(seconds), async (grant, chosen, later) => {
        const end = Date.now() + grant * 1000
        const first = await consent(agent, { expiresAt: end, accessTokenSeconds: chosen })
        const bound = Math.min(grant, chosen, max)
        expect(await lifetimeOf(agent, first)).toBeLessThanOrEqual(bound)
        await changeGrant(first, later)
        const exchanged = await agent.exchange(toTokens(first).accessToken)
        expect(await lifetimeOf(agent, exchanged)).toBeLessThanOrEqual(bound)
        const refreshed = await agent.refresh(toTokens(first).refreshToken)
        const now = Math.min(grant, later ?? usual, max)
        expect(await lifetimeOf(agent, refreshed)).toBeLessThanOrEqual(now)
        for (const { body } of [first, exchanged, refreshed]) {
          const said = inspect(String(body['access_token'])).expiresAt ?? Infinity
          expect(said * 1000).toBeLessThanOrEqual(end)
        }
      }),
      { numRuns: 25 },
    )
  })
})
