import { createSecretKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findEd25519, toThumbprint } from '../../../capabilities/index.ts'
import { readAgentKey } from '../../../server/command-line/agent-key.ts'

const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const toJwk = (key: KeyObject): string => JSON.stringify(key.export({ format: 'jwk' }))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remit-agent-key-'))
  await writeFile(join(folder, 'agent.jwk'), `${toJwk(ed25519.publicKey)}\n`)
  await writeFile(join(folder, 'private.jwk'), toJwk(ed25519.privateKey))
  const pem = ed25519.privateKey.export({ format: 'pem', type: 'pkcs8' })
  await writeFile(join(folder, 'private.pem'), pem)
  await writeFile(join(folder, 'rubbish.jwk'), 'rubbish')
})
afterAll(async () => rm(folder, { recursive: true }))

const read = async (text: string, input = ''): ReturnType<typeof readAgentKey> =>
  readAgentKey(text, async () => Promise.resolve(input))

describe('the key of a grant', () => {
  const jwk = ed25519.publicKey.export({ format: 'jwk' })
  const whole = { thumbprint: toThumbprint(jwk), delegationKey: findEd25519(jwk) }

  it('is an Ed25519 key, as JSON, as a file or on standard input: its tokens can be delegated', async () => {
    expect(whole.delegationKey).toHaveLength(32)
    expect(await read(toJwk(ed25519.publicKey))).toEqual(whole)
    expect(await read(join(folder, 'agent.jwk'))).toEqual(whole)
    expect(await read('-', toJwk(ed25519.publicKey))).toEqual(whole)
  })

  it('is a thumbprint or a P-256 key: bound, and no more', async () => {
    expect(await read(whole.thumbprint)).toEqual({ thumbprint: whole.thumbprint })
    expect(await read(toJwk(p256.publicKey))).toEqual({ thumbprint: toThumbprint(p256.publicKey) })
  })

  it.each([
    ['a private Ed25519 key', toJwk(ed25519.privateKey)],
    ['a private P-256 key', toJwk(p256.privateKey)],
    ['a symmetric key', toJwk(createSecretKey(randomBytes(32)))],
    ['a file with a private key', 'private.jwk'],
    ['a file with a private key as PEM', 'private.pem'],
    ['a private key whose `d` is empty', JSON.stringify({ ...jwk, d: '' })],
  ])('is not %s, of which nothing is said again', async (_what, text) => {
    const asked = text.startsWith('{') ? text : join(folder, text)
    const error: unknown = await read(asked).catch((thrown: unknown) => thrown)
    const { message } = error as Error
    expect(message).toMatch(/private key.*public half/)
    const { d = '' } = ed25519.privateKey.export({ format: 'jwk' })
    expect(message).not.toContain(d)
  })

  it.each([
    ['rubbish', 'rubbish.jwk', /thumbprint, a public key as JWK/],
    ['a file that is not there', 'nowhere.jwk', /cannot be read/],
    ['broken JSON', '{', /not JSON/],
    ['an RSA key', '{"kty":"RSA","e":"AQAB","n":"AQAB"}', /Ed25519 or a P-256/],
    ['another curve', '{"kty":"OKP","crv":"X25519","x":"AA"}', /Ed25519 or a P-256/],
    ['a point of small order', smallOrder(), /Ed25519 or a P-256/],
    ['a P-256 key without a point', '{"kty":"EC","crv":"P-256"}', /not a key in JWK form/],
  ])('is not %s', async (_what, text, message) => {
    const asked = text.startsWith('{') ? text : join(folder, text)
    await expect(read(asked)).rejects.toThrow(message)
  })
})

function smallOrder(): string {
  return JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') })
}
