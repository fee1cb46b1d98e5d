import { describe, expect, it } from 'vitest'
import { findBoundKey } from '../../../server/authority/bound-key.ts'
import { ProofKey } from '../../support/oauth-proof.ts'

const key = await ProofKey.create('EdDSA')
const other = await ProofKey.create('EdDSA')
const es256 = await ProofKey.create()
const proofBy = async (by: ProofKey): Promise<string> =>
  (await by.prove('POST', 'https://authority.example/oauth/token')).DPoP

describe('the key that a token is bound to', () => {
  it('is the one in the proof', async () => {
    const found = findBoundKey(await proofBy(key), key.thumbprint)
    expect(found && Buffer.from(found).toString('base64url')).toBe(key.publicJwk.x)
  })

  it.each([
    ['the token is bound to another key', async () => [await proofBy(key), other.thumbprint]],
    ['the token is bound to no key', async () => [await proofBy(key), undefined]],
    ['the key is not Ed25519', async () => [await proofBy(es256), es256.thumbprint]],
    ['there is no proof', async () => ['', key.thumbprint]],
    ['the proof is unreadable', async () => ['a.b.c', key.thumbprint]],
  ] as [string, () => Promise<[string, string | undefined]>][])(
    'is not told when %s',
    async (_, make) => {
      const [proof, thumbprint] = await make()
      expect(findBoundKey(proof, thumbprint)).toBeUndefined()
    },
  )
})
