import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { delegate, findEd25519, inspect, SecondReader } from '../../capabilities/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { ProofKey } from '../support/oauth-proof.ts'
import { hashOf, PATH } from './dpop-front.ts'

let front: TestFront
let reader: SecondReader
let agent: ProofKey
let helper: ProofKey
let thief: ProofKey
beforeAll(async () => {
  reader = await SecondReader.start()
  // every read is judged by both readers
  front = await startTestFront({ secondOpinion: reader, front: { crossCheckShare: 1 } })
  agent = await ProofKey.create('EdDSA')
  helper = await ProofKey.create('ES256')
  thief = await ProofKey.create('EdDSA')
})
afterAll(async () => {
  await front.close()
  await reader.close()
})
let before: number
beforeEach(() => {
  before = front.gmail.requests.length
})

const bound = (): string =>
  front.mint(READ_ALL, {
    keyThumbprint: agent.thumbprint,
    delegationKey: findEd25519(agent.publicJwk),
  })
const handOn = (token: string): string =>
  delegate(token, { publicKey: helper.publicJwk, signWith: agent.privateKey })

async function readMail(token: string, by: ProofKey): Promise<number> {
  const claims = { htm: 'GET', htu: front.url + PATH, ath: hashOf(token) }
  const answer = await front.fetch(PATH, undefined, {
    headers: { authorization: `DPoP ${token}`, dpop: await by.proveWith(claims) },
  })
  await answer.body?.cancel()
  return answer.status
}

describe('a token that an agent delegated to its helper', () => {
  it('opens the front to the helper’s key', async () => {
    expect(await readMail(bound(), agent)).toBe(200)
    expect(await readMail(handOn(bound()), helper)).toBe(200)
    expect(front.gmail.requests.length).toBeGreaterThan(before)
  })

  it.each([
    ['the agent', () => agent],
    ['a thief', () => thief],
  ])('is closed to the key of %s', async (_, key) => {
    const status = await readMail(handOn(bound()), key())
    expect(front.gmail.requests).toHaveLength(before)
    expect(status).toBe(401)
  })

  it('is closed to the agent’s key also where the mail would be another reason', async () => {
    const entries = [{ type: 'gmail', actions: ['messages.read'], threads: ['18c2f0a1'] }]
    const keys = { publicKey: helper.publicJwk, signWith: agent.privateKey }
    const { claims } = front.ports.usedProofs
    const status = await readMail(delegate(bound(), { ...keys, entries }), agent)
    expect(front.gmail.requests).toHaveLength(before)
    expect(status).toBe(401)
    expect(front.ports.usedProofs.claims).toBe(claims)
  })

  it('is closed without a proof, whatever scheme it comes with', async () => {
    for (const scheme of ['Bearer', 'DPoP']) {
      const headers = { authorization: `${scheme} ${handOn(bound())}` }
      const answer = await front.fetch(PATH, undefined, { headers })
      await answer.body?.cancel()
      expect(front.gmail.requests).toHaveLength(before)
      expect(answer.status).toBe(401)
    }
  })

  it('leaves the agent’s own token the agent’s', async () => {
    const token = bound()
    handOn(token)
    expect(await readMail(token, helper)).toBe(401)
    expect(front.gmail.requests).toHaveLength(before)
    expect(await readMail(token, agent)).toBe(200)
  })
  it('ends with its own revocation, and the agent’s token lives on', async () => {
    const token = bound()
    const delegated = handOn(token)
    front.ports.revocations.revoked.add(inspect(delegated).lineage[1]?.revocationId ?? '')
    expect(await readMail(delegated, helper)).toBe(401)
    expect(front.gmail.requests).toHaveLength(before)
    expect(await readMail(token, agent)).toBe(200)
  })
})
