import { expect, test } from 'vitest'
import { VerifiedTokens } from '../../adapters/verified-tokens.ts'
import {
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
} from '../../capabilities/index.ts'
import { ScriptedSecondOpinion } from '../support/memory-ports.ts'

const root = generateRootKey()
const block = compileGrant({
  grantId: 'g_1',
  clientId: 'agent',
  audience: 'http://127.0.0.1:4001',
  expiresAt: 4_000_000_000,
  capabilities: parseCapabilities([{ type: 'gmail', actions: ['messages.read'] }]),
})

function mint(): string {
  return mintToken(block, { id: 1, privateKey: root.privateKey }).token
}

test('a token stays accepted only as long as its root key is the trusted one', async () => {
  let trusted: Uint8Array | undefined = root.publicKey
  const tokens = new VerifiedTokens({
    rootKeys: { find: () => trusted },
    secondOpinion: new ScriptedSecondOpinion(),
  })
  const text = mint()
  expect((await tokens.accept(text)).ok).toBe(true)
  expect(tokens.accept(text)).toMatchObject({ ok: true })
  trusted = Uint8Array.from(root.publicKey)
  expect(tokens.accept(text)).toMatchObject({ ok: true })
  trusted = undefined
  expect(await tokens.accept(text)).toMatchObject({ ok: false })
  trusted = generateRootKey().publicKey
  expect(await tokens.accept(text)).toMatchObject({ ok: false })
})

test('what is kept is bounded, and what is in use stays', async () => {
  const opinion = new ScriptedSecondOpinion()
  const tokens = new VerifiedTokens({
    rootKeys: { find: () => root.publicKey },
    secondOpinion: opinion,
    maxEntries: 8,
  })
  const favourite = mint()
  await tokens.accept(favourite)
  for (let index = 0; index < 50; index++) {
    await tokens.accept(mint())
    await tokens.accept(favourite)
  }
  expect(opinion.accepted).toBe(51)
  const forgotten = mint()
  await tokens.accept(forgotten)
  for (let index = 0; index < 20; index++) await tokens.accept(mint())
  const before = opinion.accepted
  await tokens.accept(forgotten)
  expect(opinion.accepted).toBe(before + 1)
})

test('first sights at the same time are one question', async () => {
  const opinion = new ScriptedSecondOpinion()
  const tokens = new VerifiedTokens({
    rootKeys: { find: () => root.publicKey },
    secondOpinion: opinion,
  })
  const text = mint()
  const all = await Promise.all(Array.from({ length: 10 }, async () => tokens.accept(text)))
  expect(opinion.accepted).toBe(1)
  expect(all.every(({ ok }) => ok)).toBe(true)
})

test('an unavailable second reader is asked again', async () => {
  const opinion = new ScriptedSecondOpinion()
  opinion.acceptance = 'unavailable'
  const tokens = new VerifiedTokens({
    rootKeys: { find: () => root.publicKey },
    secondOpinion: opinion,
  })
  const text = mint()
  expect(await tokens.accept(text)).toMatchObject({ refusal: { code: 'unavailable' } })
  opinion.acceptance = 'accepted'
  expect(await tokens.accept(text)).toMatchObject({ ok: true })
})
