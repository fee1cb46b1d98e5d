import { gmail } from '@googleapis/gmail'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setStage, type Stage } from '../../examples/stage.ts'
import { REDIRECT_URI, register } from '../../examples/story/agent.ts'
import { Browser, findForm } from '../../examples/story/browser.ts'
import { remit as remitCommand } from '../../examples/story/processes.ts'
import { gmailAuth } from '../../sdk/gmail.ts'
import {
  inspect,
  memoryStore,
  remit,
  RemitError,
  type Narrowing,
  type Remit,
  type RemitConfig,
  type StoredTokens,
  type TokenStore,
} from '../../sdk/index.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { startRecorder, type Received } from './recorder.ts'

const DETAILS: Narrowing[] = [
  { type: 'gmail', actions: ['messages.read', 'messages.reply'], labels: ['Support'] },
]
const cleanup = new AsyncDisposableStack()
let stage: Stage
let clientId: string

beforeAll(async () => {
  stage = await setStage(cleanup)
  clientId = (await register(stage.issuer)).clientId
})
afterAll(async () => cleanup.disposeAsync())

/** counts what is saved, and fails when told */
class CountingStore implements TokenStore {
  readonly saved: StoredTokens[] = []
  failing = false

  async load(): Promise<StoredTokens | undefined> {
    return Promise.resolve(this.saved.at(-1))
  }

  async save(tokens: StoredTokens): Promise<void> {
    if (this.failing) throw new Error('the disk is full')
    this.saved.push(tokens)
    return Promise.resolve()
  }
}

async function agentOf(config: Partial<RemitConfig> = {}): Promise<Remit> {
  return remit({ front: stage.front, clientId, redirectUri: REDIRECT_URI, ...config })
}

async function hire(config: Partial<RemitConfig> = {}): Promise<Remit> {
  const agent = await agentOf(config)
  const proposal = await agent.propose(DETAILS)
  await agent.redeem(proposal, await consent(proposal.url))
  return agent
}

/** the buyer signs in, reads, and says yes */
async function consent(url: string): Promise<URL> {
  const buyer = new Browser(REDIRECT_URI)
  const signIn = await buyer.open(url)
  const page = await buyer.submit(findForm(signIn, '/login'), (fields) => {
    fields.set('email', stage.email)
    fields.set('password', stage.password)
  })
  return (await buyer.submit(findForm(page, '/confirm'))).url
}

describe('an agent', () => {
  it('finds the authority from the front, is granted a remit, and uses it with a stock client', async () => {
    const agent = await hire()
    expect(agent.issuer).toBe(stage.issuer)
    const mailbox = gmail({ version: 'v1', auth: gmailAuth(agent.access) })
    const { data } = await mailbox.users.messages.get({ userId: 'me', id: SEED.injected.id })
    expect(data.threadId).toBe(SEED.supportThread.threadId)
    await expect(
      mailbox.users.messages.get({ userId: 'me', id: SEED.hidden.id }),
    ).rejects.toMatchObject({ status: 404 })
  })

  it('refreshes once, however many calls wait, and saves before it uses', async () => {
    const store = new CountingStore()
    let now = Date.now()
    const agent = await hire({ store, now: () => now })
    const first = await agent.accessToken()
    expect(await agent.accessToken()).toBe(first)
    // a little before its end
    now += 575_000
    const tokens = await Promise.all(Array.from({ length: 5 }, async () => agent.accessToken()))
    expect(new Set(tokens)).toEqual(new Set([store.saved[1]?.accessToken]))
    expect(tokens[0]).not.toBe(first)
    expect(store.saved).toHaveLength(2)
    expect(store.saved[1]?.refreshToken).not.toBe(store.saved[0]?.refreshToken)

    // after a restart, the next one comes from the store
    now += 700_000
    const restarted = await agentOf({ store, now: () => now })
    expect(await restarted.accessToken()).toBe(store.saved[2]?.accessToken)
  })

  it('keeps rotated tokens that the store did not take, and does not refresh again', async () => {
    const store = new CountingStore()
    let now = Date.now()
    const agent = await hire({ store, now: () => now })
    now += 700_000
    store.failing = true
    await expect(agent.accessToken()).rejects.toMatchObject({ code: 'store_failed' })
    await expect(agent.accessToken()).rejects.toMatchObject({ code: 'store_failed' })
    store.failing = false
    const token = await agent.accessToken()
    expect(store.saved.map(({ accessToken }) => accessToken)).toEqual([
      store.saved[0]?.accessToken,
      token,
    ])
    // a refresh token that was used twice would have ended the grant
    now += 700_000
    expect(await agent.accessToken()).not.toBe(token)
  })

  it('exchanges its token for a narrower one', async () => {
    const agent = await hire()
    const narrow = await agent.exchange([
      { type: 'gmail', actions: ['messages.read'], threads: [SEED.html.threadId] },
    ])
    const sentences = inspect(narrow).lineage[0]?.sentences.join('\n')
    expect(sentences).toContain(SEED.html.threadId)
    expect(sentences).not.toContain('Reply')
    await expect(agent.exchange([{ type: 'gmail', actions: ['messages.send'] }])).rejects.toThrow(
      RemitError,
    )
  })

  it('learns that the buyer ended it', async () => {
    const store = new CountingStore()
    let now = Date.now()
    const agent = await hire({ store, now: () => now })
    const [grant = ''] = [inspect(await agent.accessToken()).grantId]
    await remitCommand(['revoke', grant], stage.env)
    now += 700_000
    await expect(agent.accessToken()).rejects.toMatchObject({ code: 'consent_ended' })
  })

  it('has no token before it was hired', async () => {
    const agent = await agentOf({ store: memoryStore() })
    await expect(agent.accessToken()).rejects.toMatchObject({ code: 'no_tokens' })
  })

  it('takes no answer that is not to its proposal', async () => {
    const agent = await agentOf()
    const proposal = await agent.propose(DETAILS)
    const { state } = proposal
    const answers: Record<string, string>[] = [
      { error: 'access_denied', state, iss: stage.issuer },
      { code: 'x', state: 'another', iss: stage.issuer },
      { code: 'x', state, iss: 'https://evil.example' },
      { code: 'x', state },
    ]
    for (const answer of answers) {
      const callback = `${REDIRECT_URI}?${new URLSearchParams(answer).toString()}`
      await expect(agent.redeem(proposal, callback)).rejects.toMatchObject({
        code: 'authorization_failed',
      })
    }
  })

  it('is told what is wrong with a proposal', async () => {
    const agent = await agentOf()
    await expect(agent.propose([{ type: 'gmail', actions: ['messages.send'] }])).rejects.toThrow(
      /recipients/,
    )
  })
})

describe('discovery', () => {
  const metadata = '/.well-known/oauth-protected-resource'

  it.each([
    [
      'a front that speaks for another',
      (own: string) => ({ resource: `${own}:1`, authorization_servers: [stage.issuer] }),
    ],
    [
      'a front that names no authority',
      (own: string) => ({ resource: own, authorization_servers: [] }),
    ],
    [
      'an authority without TLS',
      (own: string) => ({ resource: own, authorization_servers: ['http://192.0.2.1'] }),
    ],
    [
      'an authority that is another',
      (own: string) => ({
        resource: own,
        authorization_servers: [stage.issuer.replace('127.0.0.1', 'localhost')],
      }),
    ],
  ])('refuses %s', async (_what, body) => {
    await using front = await startRecorder(({ headers }) => ({
      status: 200,
      body: body(`http://${headers.host ?? ''}`),
    }))
    await expect(agentOf({ front: front.origin })).rejects.toMatchObject({
      code: 'discovery_failed',
    })
  })

  it('refuses an authority that the agent was not told of', async () => {
    await expect(agentOf({ issuer: 'https://another.example' })).rejects.toMatchObject({
      code: 'discovery_failed',
    })
  })

  it('follows the challenge of a front that has no page at the well-known address', async () => {
    const answer = ({ target, headers }: Received, address: string) => {
      const own = `http://${headers.host ?? ''}`
      if (target === '/elsewhere') {
        return { status: 200, body: { resource: own, authorization_servers: [stage.issuer] } }
      }
      if (target === metadata) return { status: 404, body: {} }
      const challenge = `Bearer resource_metadata="${address.replace('OWN', own)}"`
      return { status: 401, headers: { 'www-authenticate': challenge }, body: {} }
    }
    await using own = await startRecorder((request) => answer(request, 'OWN/elsewhere'))
    expect((await agentOf({ front: own.origin })).issuer).toBe(stage.issuer)
    await using foreign = await startRecorder((request) =>
      answer(request, `${own.origin}/elsewhere`),
    )
    await expect(agentOf({ front: foreign.origin })).rejects.toMatchObject({
      code: 'discovery_failed',
    })
  })
})
