import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { READ_ALL } from '../support/front.ts'
import { PATH, expectRefused, hashOf, startBoundAgent, type BoundAgent } from './dpop-front.ts'

let agent: BoundAgent
beforeAll(async () => {
  agent = await startBoundAgent()
})
beforeEach(() => {
  agent.front.gmail.reset()
})
afterAll(async () => agent.front.close())

describe('dpop-wrong-htu', () => {
  test('a proof for another address is refused', async () => {
    const { url } = agent.front
    const other = `${url}${PATH}0`
    const shouted = PATH.replace('/gmail/', '/GMAIL/')
    for (const htu of [
      other,
      `${url}/`,
      url,
      PATH,
      url + shouted,
      `${url}${PATH}/`,
      `https://evil.test${PATH}`,
      `http://agent@${new URL(url).host}${PATH}`,
      `${url.replace('http:', 'https:')}${PATH}`,
      'not a url',
      `${url}${PATH.replace('/me/', '%2Fme%2F')}`,
    ]) {
      await expectRefused(agent, await agent.call(await agent.prove({ htu })), 'proof_url')
    }
  })

  test('what RFC 3986 calls the same address is the same', async () => {
    const { url } = agent.front
    for (const htu of [
      `${url.replace('http', 'HTTP')}${PATH}`,
      `${url}${PATH}?format=full`,
      `${url}${PATH}#part`,
      `${url}${PATH.replace('messages', '%6dessages')}`,
    ]) {
      const answer = await agent.call(await agent.prove({ htu }))
      expect(answer.status, htu).toBe(200)
    }
  })

  test('a proof for another method is refused', async () => {
    for (const htm of ['POST', 'get', '']) {
      await expectRefused(agent, await agent.call(await agent.prove({ htm })), 'proof_method')
    }
  })
})

describe('dpop-host-header-swap', () => {
  test('the Host header has no say in what a proof is for', async () => {
    const { token, front } = agent
    const forEvil = await agent.prove({ htu: `http://evil.test${PATH}` })
    const status = await agent.callRaw([
      'Host: evil.test',
      'X-Forwarded-Host: evil.test',
      `Authorization: DPoP ${token}`,
      `DPoP: ${forEvil}`,
    ])
    expect(front.gmail.requests).toEqual([])
    expect(status).toBe(401)
    expect(front.ports.record.last.entry.reason).toBe('proof_url')
    // a proxy may call the front by another name: the public origin stays what counts
    const forUs = await agent.prove()
    const lines = ['Host: inside.test', `Authorization: DPoP ${token}`, `DPoP: ${forUs}`]
    expect(await agent.callRaw(lines)).toBe(200)
  })
})

describe('dpop-token-swap', () => {
  test('a proof made for one token does not present another, of the same key or not', async () => {
    const { front, key } = agent
    const wider = front.mint(READ_ALL, { keyThumbprint: key.thumbprint, grantId: 'g_2' })
    const proof = await agent.prove()
    await expectRefused(
      agent,
      await agent.call(proof, { authorization: `DPoP ${wider}` }),
      'proof_token',
    )
    for (const ath of [hashOf(`${agent.token} `), hashOf(''), '', undefined]) {
      const answer = await agent.call(await agent.prove({ ath }))
      await expectRefused(agent, answer, ath?.length === 43 ? 'proof_token' : 'proof_malformed')
    }
  })
})
