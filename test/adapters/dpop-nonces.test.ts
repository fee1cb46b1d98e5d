import { afterAll, beforeAll, expect, test } from 'vitest'
import { DpopNonces } from '../../adapters/dpop-nonces.ts'
import { expectRefused, startBoundAgent, type BoundAgent } from '../attacks/dpop-front.ts'

const key = Buffer.alloc(32, 3)
const at = 1_800_000_000_000

test('every replica with the key gives and takes the same nonces, for two to three minutes', () => {
  const [one, other] = [
    new DpopNonces({ key, required: true }),
    new DpopNonces({ key, required: false }),
  ]
  const nonce = one.current(at)
  expect(other.current(at)).toBe(nonce)
  expect([-60_000, 0, 60_000].map((later) => other.accepts(nonce, at + later))).toEqual([
    true,
    true,
    true,
  ])
  expect([-120_000, 120_000].some((later) => other.accepts(nonce, at + later))).toBe(false)
  expect(new DpopNonces({ key: Buffer.alloc(32, 4), required: true }).accepts(nonce, at)).toBe(
    false,
  )
  expect(one.accepts('', at)).toBe(false)
})

let agent: BoundAgent
let now = Date.now()
beforeAll(async () => {
  agent = await startBoundAgent({
    now: () => now,
    front: { dpopNonces: { key, required: true } },
  })
})
afterAll(async () => agent.front.close())

test('where a nonce is required a proof without one, or with an old one, gets a fresh one', async () => {
  const first = await agent.call(await agent.prove())
  await expectRefused(agent, first, 'proof_nonce', 'use_dpop_nonce')
  const nonce = first.headers.get('dpop-nonce') ?? ''
  expect(nonce).toMatch(/^[A-Za-z0-9_-]{22}$/)
  const wrong = await agent.call(await agent.prove({ nonce: 'x'.repeat(22) }))
  await expectRefused(agent, wrong, 'proof_nonce', 'use_dpop_nonce')
  const served = await agent.call(await agent.prove({ nonce }))
  expect(served.status).toBe(200)
  expect(served.headers.get('dpop-nonce')).toBe(nonce)
  agent.front.gmail.reset()
  now += 200_000
  const stale = await agent.call(await agent.prove({ nonce }))
  await expectRefused(agent, stale, 'proof_nonce', 'use_dpop_nonce')
  const fresh = stale.headers.get('dpop-nonce') ?? ''
  expect(fresh).not.toBe(nonce)
  // the agent's clock is minutes behind the front's: with a nonce of ours that does not matter
  expect((await agent.call(await agent.prove({ nonce: fresh }))).status).toBe(200)
})

test('who sends no proof is given no nonce', async () => {
  const answer = await agent.front.fetch('/gmail/v1/users/me/labels', undefined)
  expect(answer.headers.get('dpop-nonce')).toBeNull()
})
