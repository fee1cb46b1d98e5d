import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deriveSecret } from '../../../server/state/derive-secret.ts'
import { seal, SealError, unseal, unsealText } from '../../../server/state/seal.ts'

const masterKey = randomBytes(32)

describe('a sealed secret', () => {
  it('opens for its purpose', async () => {
    const bytes = randomBytes(40)
    expect(
      Buffer.from(await unseal(masterKey, 'a/1', await seal(masterKey, 'a/1', bytes))),
    ).toEqual(bytes)
    expect(await unsealText(masterKey, 'a/1', await seal(masterKey, 'a/1', 'geheim ✓'))).toBe(
      'geheim ✓',
    )
  })

  it('shows nothing of itself, not even that it is the same twice', async () => {
    const [one, two] = await Promise.all([
      seal(masterKey, 'a/1', 'secret'),
      seal(masterKey, 'a/1', 'secret'),
    ])
    expect(one).not.toBe(two)
    expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('secret')
  })

  it('does not open for another purpose, under another key, or changed', async () => {
    const sealed = await seal(masterKey, 'connection/b_1', 'secret')
    const changed = sealed.replace(
      /\.([^.]{4})([^.]*)\.([^.]+)$/,
      (_all, a: string, b: string, tag: string) => `.${a === 'AAAA' ? 'AAAB' : 'AAAA'}${b}.${tag}`,
    )
    await expect(unseal(masterKey, 'connection/b_2', sealed)).rejects.toThrow(SealError)
    await expect(unseal(randomBytes(32), 'connection/b_1', sealed)).rejects.toThrow(SealError)
    await expect(unseal(masterKey, 'connection/b_1', changed)).rejects.toThrow(SealError)
    await expect(unseal(masterKey, 'connection/b_1', 'rubbish')).rejects.toThrow(SealError)
  })

  it('does not open under a header that names another purpose', async () => {
    const [, ...rest] = (await seal(masterKey, 'a', 'secret')).split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid: 'b' })).toString(
      'base64url',
    )
    await expect(unseal(masterKey, 'a', [header, ...rest].join('.'))).rejects.toThrow(SealError)
  })
})

describe('derived secrets', () => {
  it('are the same for the same purpose and unrelated for another', () => {
    expect(Buffer.from(deriveSecret(masterKey, 'csrf'))).toEqual(
      Buffer.from(deriveSecret(masterKey, 'csrf')),
    )
    expect(Buffer.from(deriveSecret(masterKey, 'csrf'))).not.toEqual(
      Buffer.from(deriveSecret(masterKey, 'cookies')),
    )
    expect(deriveSecret(masterKey, 'csrf', 64)).toHaveLength(64)
  })
})
