import { gmail } from '@googleapis/gmail'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findEd25519, SecondReader, toThumbprint } from '../../capabilities/index.ts'
import { gmailAuth } from '../../sdk/gmail.ts'
import { delegate, frontAccess, generateProofKey, type ProofKeyPair } from '../../sdk/index.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront
let reader: SecondReader
let agent: ProofKeyPair
let token: string
beforeAll(async () => {
  reader = await SecondReader.start()
  front = await startTestFront({ secondOpinion: reader })
  agent = await generateProofKey({ delegable: true })
  const jwk = await crypto.subtle.exportKey('jwk', agent.publicKey)
  token = front.mint(READ_ALL, {
    keyThumbprint: toThumbprint(agent.publicKey),
    delegationKey: findEd25519(jwk),
  })
})
afterAll(async () => {
  await front.close()
  await reader.close()
})

async function readAs(key: ProofKeyPair, held: string): Promise<string | null | undefined> {
  const auth = gmailAuth(frontAccess({ front: front.url, token: held, key }))
  const mailbox = gmail({ version: 'v1', auth, retry: false })
  const { data } = await mailbox.users.messages.get({ userId: 'me', id: SEED.withPdf.id })
  return data.id
}

it('a sub-agent reads with its own key what the agent handed to it, and nobody else does', async () => {
  const helper = await generateProofKey()
  const child = delegate(token, { publicKey: helper.publicKey, signWith: agent.privateKey })
  expect(await readAs(agent, token)).toBe(SEED.withPdf.id)
  expect(await readAs(helper, child)).toBe(SEED.withPdf.id)

  const before = front.gmail.requests.length
  for (const key of [agent, await generateProofKey({ delegable: true })]) {
    const error: unknown = await readAs(key, child).catch((thrown: unknown) => thrown)
    expect(front.gmail.requests).toHaveLength(before)
    expect(error).toMatchObject({ status: 401 })
  }
})
