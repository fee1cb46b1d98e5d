import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, generateKeyPair as generateWebKeys } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  attenuate,
  authorize,
  delegate,
  explainDenial,
  findDelegate,
  findEd25519,
  inspect,
  readFilters,
  toThumbprint,
  type GmailAction,
} from '../../capabilities/index.ts'
import {
  AUDIENCE,
  boundTokenFor,
  errorOf,
  NOW,
  read,
  reply,
  tokenFor,
  verified,
} from './token-for.ts'

const GRANT = { actions: ['messages.read', 'messages.reply'], from: { domains: ['acme.com'] } }
const ONE_THREAD = [{ type: 'gmail', actions: ['messages.reply'], threads: ['T1'] }]

const parent = generateKeyPairSync('ed25519')
const child = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const third = generateKeyPairSync('ed25519')
const agreeing = generateKeyPairSync('x25519')
const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' })

const token = boundTokenFor(
  {
    keyThumbprint: toThumbprint(parent.publicKey),
    delegationKey: findEd25519(jwkOf(parent.publicKey)),
  },
  GRANT,
)
const handOn = (options: Partial<Parameters<typeof delegate>[1]> = {}): string =>
  delegate(token, { publicKey: child.publicKey, signWith: parent.privateKey, ...options })

function denialOf(text: string, action: GmailAction, key?: KeyObject, now = NOW): string {
  const keyThumbprint = key === undefined ? undefined : toThumbprint(key)
  const { decision } = authorize(verified(text), action, { now, audience: AUDIENCE, keyThumbprint })
  return decision.allowed ? 'allowed' : explainDenial(decision.denial, action).constraint
}

describe('a delegated token', () => {
  test('is the sub-agent’s key’s, of whatever kind, and nobody else’s', () => {
    expect(denialOf(handOn(), read(), child.publicKey)).toBe('allowed')
    expect(denialOf(handOn(), read(), parent.publicKey)).toBe('key')
    expect(denialOf(handOn(), read(), third.publicKey)).toBe('key')
    expect(denialOf(handOn(), read())).toBe('key')
    expect(denialOf(token, read(), parent.publicKey)).toBe('allowed')
    expect(denialOf(token, read(), child.publicKey)).toBe('key')
  })

  test('can be narrowed in the same call', () => {
    const narrow = handOn({ entries: ONE_THREAD, expiresAt: NOW + 60 })
    expect(denialOf(narrow, reply(), child.publicKey)).toBe('allowed')
    expect(denialOf(narrow, reply({}, { threadId: 'T2' }), child.publicKey)).toBe('threads')
    expect(denialOf(narrow, read(), child.publicKey)).not.toBe('allowed')
    expect(denialOf(narrow, reply(), child.publicKey, NOW + 60)).toBe('expiry')
    expect(denialOf(narrow, reply(), parent.publicKey)).toBe('key')
  })

  test('can be narrowed by its new holder, and says so when that asks for more', () => {
    const narrow = handOn({ entries: ONE_THREAD })
    const narrower = attenuate(narrow, [], { expiresAt: NOW + 60 })
    expect(denialOf(narrower, reply(), child.publicKey)).toBe('allowed')
    expect(denialOf(narrower, reply(), child.publicKey, NOW + 61)).toBe('expiry')
    const wider = [{ type: 'gmail', actions: ['messages.read'] }]
    expect(errorOf(() => attenuate(narrow, wider))).toMatch(/^exceeds_grant: /)
    expect(
      errorOf(() =>
        handOn({
          entries: [
            { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['acme.com'] } },
          ],
        }),
      ),
    ).toMatch(/^exceeds_grant: /)
  })

  test('tells a person whose it is', () => {
    const key = toThumbprint(child.publicKey)
    const [authority, narrowing, delegation] = inspect(handOn({ entries: ONE_THREAD })).lineage
    expect(authority?.sentences).toContain(
      `Only with the key "${toThumbprint(parent.publicKey)}", or with the one that it delegates to`,
    )
    expect(narrowing).not.toHaveProperty('delegatedTo')
    expect(delegation?.sentences).toEqual([`Delegated to the key "${key}", and to no other`])
    expect(delegation?.delegatedTo).toBe(key)
  })

  test('names its key to whoever has verified it, narrowed or not', () => {
    const key = toThumbprint(child.publicKey)
    expect(findDelegate(verified(token).blocks)).toBeUndefined()
    expect(findDelegate(verified(handOn()).blocks)).toBe(key)
    expect(findDelegate(verified(handOn({ entries: ONE_THREAD })).blocks)).toBe(key)
  })

  test('still tells a front which messages it shows', () => {
    const filters = readFilters(verified(handOn()).blocks, NOW)
    expect(filters).toEqual(readFilters(verified(tokenFor(GRANT)).blocks, NOW))
    expect(filters).toHaveLength(1)
  })
})

describe('keys', () => {
  test('may be those of Web Crypto, or JWKs', async () => {
    const web = await generateWebKeys('EdDSA', { extractable: true })
    const jwk = jwkOf(child.publicKey)
    const text = boundTokenFor(
      {
        keyThumbprint: toThumbprint(web.publicKey),
        delegationKey: findEd25519(await crypto.subtle.exportKey('jwk', web.publicKey)),
      },
      GRANT,
    )
    const delegated = delegate(text, { publicKey: jwk, signWith: web.privateKey })
    expect(denialOf(delegated, read(), child.publicKey)).toBe('allowed')
    const again = handOn({ publicKey: web.publicKey, signWith: jwkOf(parent.privateKey) })
    expect(inspect(again).lineage[1]?.delegatedTo).toBe(toThumbprint(web.publicKey))
  })

  test.each([
    ['Ed25519', generateKeyPairSync('ed25519')],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('have the thumbprint of RFC 7638: %s', async (_, { publicKey }) => {
    const jwk = jwkOf(publicKey)
    expect(toThumbprint(Object.assign({}, jwk, { kid: 'x', alg: 'y' }))).toBe(
      await calculateJwkThumbprint(jwk as { kty: string }),
    )
  })

  test.each([
    [
      'a private key for the sub-agent',
      { publicKey: child.privateKey },
      'invalid_key: publicKey: ',
    ],
    [
      'a private JWK for the sub-agent',
      { publicKey: jwkOf(child.privateKey) },
      'invalid_key: publicKey: ',
    ],
    ['no key', { publicKey: { kty: 'oct' } }, 'invalid_key: '],
    [
      'a key of a kind that DPoP does not know',
      { publicKey: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey },
      'invalid_key: publicKey: ',
    ],
    ['a public key to sign with', { signWith: parent.publicKey }, 'invalid_key: signWith: '],
    ['an ES256 key to sign with', { signWith: child.privateKey }, 'invalid_key: signWith: '],
    [
      'a key to sign with of a kind that DPoP does not know',
      { signWith: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey },
      'invalid_key: signWith: ',
    ],
    ['an X25519 key to sign with', { signWith: agreeing.privateKey }, 'invalid_key: signWith: '],
    ['another key to sign with', { signWith: third.privateKey }, 'invalid_key: signWith: '],
    ['the token’s own key', { publicKey: parent.publicKey }, 'not_delegable: '],
  ])('%s: refused', (_, options, error) => {
    expect(errorOf(() => handOn(options))).toContain(error)
  })

  test('of Web Crypto must be extractable to sign', async () => {
    const { privateKey } = await generateWebKeys('EdDSA')
    expect(errorOf(() => handOn({ signWith: privateKey }))).toContain('extractable')
  })

  test('a bearer token, and one bound to another kind of key, say what to do instead', () => {
    const options = { publicKey: child.publicKey, signWith: parent.privateKey }
    const es256 = boundTokenFor({ keyThumbprint: toThumbprint(child.publicKey) }, GRANT)
    expect(errorOf(() => delegate(tokenFor(GRANT), options))).toMatch(/^not_delegable: .*authority/)
    expect(errorOf(() => delegate(es256, options))).toMatch(/^not_delegable: .*authority/)
    expect(errorOf(() => delegate(handOn(), { ...options, publicKey: third.publicKey }))).toMatch(
      /^not_delegable: already delegated/,
    )
  })

  test('a token is delegable by the key that it is bound to, and by no other', () => {
    const delegationKey = findEd25519(jwkOf(third.publicKey))
    const keyThumbprint = toThumbprint(parent.publicKey)
    expect(errorOf(() => boundTokenFor({ keyThumbprint, delegationKey }, GRANT))).toMatch(
      /^invalid_block: .*not the bound one/,
    )
    expect(errorOf(() => boundTokenFor({ delegationKey }, GRANT))).toMatch(/^invalid_key: /)
    expect(findEd25519(jwkOf(child.publicKey))).toBeUndefined()
    expect(findEd25519({ kty: 'OKP', crv: 'Ed25519', x: 'AQ'.padEnd(43, 'A') })).toBeUndefined()
    expect(findEd25519({ kty: 'OKP', crv: 'Ed25519', x: 'AQ' })).toBeUndefined()
    expect(findEd25519({ kty: 'OKP', crv: 'Ed25519' })).toBeUndefined()
    expect(findEd25519(jwkOf(agreeing.publicKey))).toBeUndefined()
    expect(findEd25519({ ...jwkOf(parent.publicKey), kty: 'EC' })).toBeUndefined()
  })
})
