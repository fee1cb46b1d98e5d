import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setStage, type Stage } from '../../examples/stage.ts'
import { REDIRECT_URI } from '../../examples/story/agent.ts'
import { Browser, findForm } from '../../examples/story/browser.ts'
import {
  generateProofKey,
  inspect,
  remit,
  type Narrowing,
  type ProofKeyPair,
  type Remit,
  type RemitConfig,
} from '../../sdk/index.ts'

const DETAILS: Narrowing[] = [{ type: 'gmail', actions: ['messages.read'], labels: ['Support'] }]
const cleanup = new AsyncDisposableStack()
let stage: Stage
beforeAll(async () => {
  stage = await setStage(cleanup)
})
afterAll(async () => cleanup.disposeAsync())

interface Jwk {
  readonly kty?: string | undefined
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
}

interface Registered {
  readonly client_id: string
  readonly client_secret?: string
}

async function register(metadata: object): Promise<Registered> {
  const found = await fetch(`${stage.issuer}/.well-known/oauth-authorization-server`)
  const { registration_endpoint: endpoint } = (await found.json()) as Record<string, string>
  const answer = await fetch(endpoint ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Leaf', redirect_uris: [REDIRECT_URI], ...metadata }),
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as Registered
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' }
const ED25519: { name: string } = { name: 'Ed25519' }

/** the private half cannot be exported: it is used where it is */
async function makeKey(algorithm: { name: string }): Promise<ProofKeyPair> {
  const made: unknown = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  return made as ProofKeyPair
}

async function registerKeys(
  alg: string,
  keys: Record<string, ProofKeyPair['publicKey']>,
): Promise<string> {
  const jwks = await Promise.all(
    Object.entries(keys).map(async ([kid, key]) => ({
      ...publicMembers(await crypto.subtle.exportKey('jwk', key)),
      alg,
      kid,
    })),
  )
  const { client_id: clientId } = await register({
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: jwks },
  })
  return clientId
}

function publicMembers({ kty, crv, x, y }: Jwk): Jwk {
  return { kty, crv, x, y }
}

async function agentOf(
  config: Pick<RemitConfig, 'clientId'> & Partial<RemitConfig>,
): Promise<Remit> {
  return remit({ front: stage.front, redirectUri: REDIRECT_URI, ...config })
}

/** propose, consent, redeem, refresh, exchange: each is a request that has to be authenticated */
async function runAll(config: Parameters<typeof agentOf>[0]): Promise<void> {
  let now = Date.now()
  const agent = await agentOf({ ...config, now: () => now })
  const proposal = await agent.propose(DETAILS)
  const buyer = new Browser(REDIRECT_URI)
  const signIn = await buyer.open(proposal.url)
  const page = await buyer.submit(findForm(signIn, '/login'), (fields) => {
    fields.set('email', stage.email)
    fields.set('password', stage.password)
  })
  await agent.redeem(proposal, (await buyer.submit(findForm(page, '/confirm'))).url)
  const first = await agent.accessToken()
  now += 595_000
  const second = await agent.accessToken()
  expect(second).not.toBe(first)
  expect(inspect(second).clientId).toBe(config.clientId)
  const narrower = await agent.exchange([{ ...DETAILS[0]!, threads: ['T1'] }])
  expect(inspect(narrower).lineage[0]?.sentences.join()).toContain('T1')
}

describe('a client that authenticates', () => {
  it.each([
    ['ES256', P256],
    ['Ed25519', ED25519],
  ])('does so with a key of its own, %s', async (alg, algorithm) => {
    const { privateKey, publicKey } = await makeKey(algorithm)
    const clientId = await registerKeys(alg, { one: publicKey })
    await runAll({ clientId, clientKey: { privateKey } })
  })

  it('names the one of its keys that it uses, and binds its tokens to another', async () => {
    const [old, own] = [await makeKey(P256), await makeKey(P256)]
    const clientId = await registerKeys('ES256', { old: old.publicKey, own: own.publicKey })
    const clientKey = { privateKey: own.privateKey, kid: 'own' }
    await runAll({ clientId, clientKey, key: await generateProofKey() })
  })

  it('does so with a secret', async () => {
    const { client_id: clientId, client_secret: clientSecret } = await register({
      token_endpoint_auth_method: 'client_secret_basic',
    })
    await runAll({ clientId, clientSecret: clientSecret ?? '' })
  })

  it('is refused with another key, and with none', async () => {
    const { publicKey } = await makeKey(P256)
    const { privateKey } = await makeKey(P256)
    const clientId = await registerKeys('ES256', { one: publicKey })
    for (const config of [{ clientKey: { privateKey } }, {}, { clientSecret: 'x' }]) {
      const agent = await agentOf({ clientId, ...config })
      await expect(agent.propose(DETAILS)).rejects.toMatchObject({ code: 'token_request_failed' })
    }
  })

  it('cannot have both a key and a secret', async () => {
    const { privateKey } = await makeKey(P256)
    await expect(
      agentOf({ clientId: 'x', clientKey: { privateKey }, clientSecret: 'x' }),
    ).rejects.toThrow(/not both/)
  })
})
