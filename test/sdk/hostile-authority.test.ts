import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { memoryStore, remit } from '../../sdk/index.ts'
import { startRecorder, type Received, type Recorder } from './recorder.ts'

// What an authority answers is not believed further than its own address: secrets and tokens go where discovery led.
const CLIENT = { clientId: 'leaf', clientSecret: 'a-secret', redirectUri: 'http://127.0.0.1:9/' }
const DETAILS = [{ type: 'gmail', actions: ['messages.read'] }] as const
let elsewhere: Recorder
beforeAll(async () => {
  elsewhere = await startRecorder()
})
afterAll(async () => elsewhere[Symbol.asyncDispose]())
beforeEach(() => {
  elsewhere.received.length = 0
})

type Answer = ReturnType<NonNullable<Parameters<typeof startRecorder>[0]>>

/** a front and its authority in one, which sends away whatever `moves` says */
async function startMoving(moves: (target: string) => boolean): Promise<Recorder> {
  return startRecorder(({ target, headers }: Received): Answer => {
    const own = `http://${headers.host ?? ''}`
    if (moves(target)) {
      return { status: 307, headers: { location: `${elsewhere.origin}${target}` }, body: {} }
    }
    if (target === '/.well-known/oauth-protected-resource') {
      return { status: 200, body: { resource: own, authorization_servers: [own] } }
    }
    const metadata = {
      issuer: own,
      authorization_endpoint: `${own}/auth`,
      token_endpoint: `${own}/token`,
      pushed_authorization_request_endpoint: `${own}/par`,
    }
    return { status: 200, body: metadata }
  })
}

it('follows no redirect of a front or an authority while it looks for them', async () => {
  for (const moved of ['oauth-protected-resource', 'oauth-authorization-server']) {
    await using both = await startMoving((target) => target.includes(moved))
    const failure = remit({ front: both.origin, ...CLIENT })
    await expect(failure).rejects.toMatchObject({ code: 'discovery_failed' })
    expect(elsewhere.received).toEqual([])
  }
})

it('takes its secret and its refresh token to no address that an authority redirects to', async () => {
  await using both = await startMoving((target) => ['/par', '/token'].includes(target))
  const store = memoryStore()
  await store.save({ accessToken: 'old', refreshToken: 'a-refresh-token', expiresAt: 0 })
  const agent = await remit({ front: both.origin, ...CLIENT, store })
  for (const ask of [async () => agent.propose(DETAILS), async () => agent.accessToken()]) {
    await expect(ask()).rejects.toMatchObject({ code: 'token_request_failed' })
  }
  expect(both.received.filter(({ method }) => method === 'POST')).toHaveLength(2)
  expect(elsewhere.received).toEqual([])
})
