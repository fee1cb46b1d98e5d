import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenDatabase } from '../../server/database/open.ts'
import { createUsedProofs } from '../../server/state/used-proofs.ts'
import { openTestDatabase } from '../support/database.ts'
import { PATH, expectRefused, startBoundAgent, type BoundAgent } from './dpop-front.ts'

let agent: BoundAgent
beforeAll(async () => {
  agent = await startBoundAgent()
})
beforeEach(() => {
  agent.front.gmail.reset()
})
afterAll(async () => agent.front.close())

describe('dpop-replay', () => {
  test('a proof is good once', async () => {
    const proof = await agent.prove()
    expect((await agent.call(proof)).status).toBe(200)
    agent.front.gmail.reset()
    await expectRefused(agent, await agent.call(proof), 'proof_replayed')
  })

  test('the same jti in a new proof is the same proof', async () => {
    expect((await agent.call(await agent.prove({ jti: 'one' }))).status).toBe(200)
    agent.front.gmail.reset()
    await expectRefused(
      agent,
      await agent.call(await agent.prove({ jti: 'one' })),
      'proof_replayed',
    )
  })

  test('a proof of yesterday, or of tomorrow, is refused without asking the store', async () => {
    const { claims } = agent.front.ports.usedProofs
    const now = Math.floor(Date.now() / 1000)
    for (const iat of [now - 120, now + 120, 0, -1, 1e308]) {
      const answer = await agent.call(await agent.prove({ iat }))
      await expectRefused(agent, answer, 'proof_nonce', 'use_dpop_nonce')
    }
    expect(agent.front.ports.usedProofs.claims).toBe(claims)
  })

  test('a store that does not answer refuses, and says that it is not the agent’s fault', async () => {
    agent.front.ports.usedProofs.failing = true
    const answer = await agent.call(await agent.prove())
    agent.front.ports.usedProofs.failing = false
    expect(agent.front.gmail.requests).toEqual([])
    expect(answer.status).toBe(503)
    expect(agent.front.ports.record.last.entry.reason).toBe('proofs_unavailable')
  })

  test('bearer calls never ask the store', async () => {
    const { claims } = agent.front.ports.usedProofs
    const bearer = agent.front.mint([{ type: 'gmail', actions: ['messages.read'] }])
    expect((await agent.front.fetch(PATH, bearer)).status).toBe(200)
    expect(agent.front.ports.usedProofs.claims).toBe(claims)
  })
})

describe('dpop-replay-across-replicas', () => {
  let database: OpenDatabase
  beforeAll(async () => {
    database = await openTestDatabase()
  })
  afterAll(async () => database.close())

  test('of any number of requests at two fronts on one database exactly one is served', async () => {
    // replicas: two fronts with one public origin, one root key, one database
    const usedProofs = [createUsedProofs(database.db), createUsedProofs(database.db)] as const
    await using first = await startBoundAgent({
      ports: () => ({ usedProofs: usedProofs[0] }),
    })
    await using second = await startBoundAgent({
      ports: () => ({ usedProofs: usedProofs[1], rootKeys: first.front.ports.rootKeys }),
      front: { resource: first.front.url },
    })
    const proof = await first.prove()
    const answers = await Promise.all(
      [first, second, first, second].map(async ({ front }) =>
        front.fetch(PATH, undefined, {
          headers: { authorization: `DPoP ${first.token}`, dpop: proof },
        }),
      ),
    )
    const upstream = [first, second].flatMap(({ front }) => front.gmail.requests)
    expect(upstream).toHaveLength(1)
    const served = answers.filter(({ status }) => status === 200)
    expect(served).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3)
  })
})
