import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  attenuate,
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
} from '../../capabilities/index.ts'
import { useContentDesk, type Carrier } from '../support/content-desk.ts'

/** every secret here is made for the run */
const { refuse, expectKept, expectSent } = useContentDesk()

function base64(text: string | Buffer): string {
  return Buffer.from(text).toString('base64')
}

function wrap(text: string, width: number): string {
  return text.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\n')
}

function spread(secret: string): readonly (readonly [string, Carrier])[] {
  return [
    ['in the text', { text: `use ${secret} please` }],
    ['in the text, in quoted-printable', { text: secret, encoding: 'quoted-printable' }],
    ['in the text, in base64', { text: secret, encoding: 'base64' }],
    ['in HTML, split by tags', { html: secret.replace(/[^]{1,9}/g, '<b>$&</b>') }],
    ['in a text attachment', { attachment: { name: 'notes.txt', content: secret } }],
    [
      'in an attachment in UTF-16',
      { attachment: { name: 'notes.txt', content: Buffer.from(secret, 'utf16le') } },
    ],
    ['as base64', { text: base64(secret) }],
    ['as base64 on many lines', { text: wrap(base64(secret), 60) }],
    ['as base64 in an attachment', { attachment: { name: 'a.b64', content: base64(secret) } }],
    ['as hex', { text: Buffer.from(secret).toString('hex') }],
    ['between zero-width characters', { text: secret.split('').join('\u200b') }],
  ]
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed25519 = generateKeyPairSync('ed25519')

describe('a private key does not leave', () => {
  beforeEach(() => {
    refuse('private_key')
  })
  const pem = ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const der = (key: typeof rsa.privateKey, type: 'pkcs8' | 'pkcs1' | 'sec1'): string =>
    base64(key.export({ type, format: 'der' } as { type: 'pkcs8'; format: 'der' }))
  test.each<readonly [string, Carrier]>([
    ...spread(pem),
    [
      'as an RSA key in PKCS#1',
      { text: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString() },
    ],
    ['without its armour: Ed25519', { text: der(ed25519.privateKey, 'pkcs8') }],
    ['without its armour: RSA, PKCS#8', { text: wrap(der(rsa.privateKey, 'pkcs8'), 64) }],
    ['without its armour: RSA, PKCS#1', { text: der(rsa.privateKey, 'pkcs1') }],
    ['without its armour: P-256, PKCS#8', { text: der(ec.privateKey, 'pkcs8') }],
    ['without its armour: P-256, SEC 1', { text: der(ec.privateKey, 'sec1') }],
    [
      'without its armour: OpenSSH',
      { text: base64(Buffer.concat([Buffer.from('openssh-key-v1\0'), randomBytes(60)])) },
    ],
    ['as a JSON Web Key', { text: JSON.stringify(ed25519.privateKey.export({ format: 'jwk' })) }],
    [
      'as a JSON Web Key on many lines',
      { text: JSON.stringify(ec.privateKey.export({ format: 'jwk' }), null, 4) },
    ],
    [
      'as a JSON Web Key as Python prints it',
      { text: JSON.stringify(ec.privateKey.export({ format: 'jwk' })).replaceAll('"', "'") },
    ],
  ])('%s', async (_name, carrier) => {
    await expectKept(carrier)
  })
})

describe('a public key leaves', () => {
  beforeEach(() => {
    refuse('private_key')
  })
  test.each([rsa, ec, ed25519].map(({ publicKey }) => publicKey))('%#', async (key) => {
    const pem = key.export({ type: 'spki', format: 'pem' }).toString()
    const jwk = JSON.stringify(key.export({ format: 'jwk' }))
    expect(await expectSent({ text: `${pem}\n${jwk}` })).toBeDefined()
  })
})

const letters = (count: number): string =>
  Array.from(randomBytes(count), (octet) => 'abcdefghijkmnpqrstuvwxyz234567'[octet % 30]).join('')
const digits = (count: number): string =>
  Array.from(randomBytes(count), (octet) => String(octet % 10)).join('')

/** shapes as their makers print them, filled with random letters and enough digits to be one */
const SHAPES: readonly (readonly [name: string, secret: string])[] = [
  ['AWS', `AKIA${letters(10).toUpperCase()}${digits(6)}`],
  ['Google', `AIza${letters(25)}${digits(10)}`],
  ['Google OAuth client secret', `GOCSPX-${letters(20)}${digits(8)}`],
  ['GitHub', `ghp_${letters(26)}${digits(10)}`],
  ['GitHub, fine-grained', `github_pat_${letters(40)}${digits(20)}`],
  ['GitLab', `glpat-${letters(12)}${digits(8)}`],
  ['Stripe', `sk_live_${letters(16)}${digits(8)}`],
  ['Stripe, restricted', `rk_live_${letters(16)}${digits(8)}`],
  ['HubSpot', `pat-na1-${letters(8)}-${digits(4)}-${letters(4)}-${digits(4)}-${letters(12)}`],
  [
    'HubSpot, Europe',
    `pat-eu1-${letters(8)}-${digits(4)}-${letters(4)}-${digits(4)}-${letters(12)}`,
  ],
  ['Slack', `xoxb-${digits(12)}-${letters(24)}`],
  ['Slack, of an app', `xapp-1-${letters(10)}-${digits(12)}-${letters(40)}`],
  ['npm', `npm_${letters(26)}${digits(10)}`],
]

function jsonWebToken(): string {
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    { sub: 'agent', exp: 1_800_000_000 },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${signed}.${createHmac('sha256', randomBytes(32)).update(signed).digest('base64url')}`
}

describe('an API key does not leave', () => {
  beforeEach(() => {
    refuse('api_key')
  })
  test.each<readonly [string, Carrier]>([
    ...SHAPES.map(([name, secret]): [string, Carrier] => [name, { text: `key: ${secret}` }]),
    ...spread(SHAPES[6]?.[1] ?? ''),
    ['a JSON Web Token', { text: `Bearer ${jsonWebToken()}` }],
    ['a JSON Web Token on many lines', { text: wrap(jsonWebToken(), 20) }],
    [
      'a JSON Web Token in a link',
      { html: `<a href="https://acme.example/?t=${jsonWebToken()}">x</a>` },
    ],
  ])('%s', async (_name, carrier) => {
    await expectKept(carrier)
  })
})

const root = generateRootKey()

function capabilityToken(id: number, expiresAt = 1_800_000_000): string {
  const block = compileGrant({
    grantId: 'g_1',
    clientId: 'agent',
    audience: 'http://127.0.0.1:4001',
    expiresAt,
    capabilities: parseCapabilities([{ type: 'gmail', actions: ['messages.reply'] }]),
  })
  return mintToken(block, { id, privateKey: root.privateKey }).token
}

describe('a capability token does not leave', () => {
  beforeEach(() => {
    refuse('capability_token')
  })
  const token = capabilityToken(1)
  const narrowed = attenuate(token, [
    { type: 'gmail', actions: ['messages.reply'], threads: ['a1'] },
  ])
  test.each<readonly [string, Carrier]>([
    ...spread(token),
    ['narrowed', { text: narrowed }],
    ['under another root key', { text: capabilityToken(70) }],
    ['under a root key of a large id', { text: capabilityToken(4_000_000) }],
    ['in a header that is quoted', { text: `Authorization: Bearer ${token}` }],
    ['in a link', { html: `<a href="https://acme.example/#${token}">x</a>` }],
    ['in the plain alphabet of base64', { text: base64(Buffer.from(token, 'base64url')) }],
    ['on many lines', { text: wrap(token, 50) }],
    ['quoted on many lines', { text: wrap(token, 50).replace(/^/gm, '> ') }],
  ])('%s', async (_name, carrier) => {
    await expectKept(carrier)
  })
})

test('what only looks like a secret leaves', async () => {
  refuse('private_key', 'api_key', 'capability_token')
  // the same in every run: random letters are a key now and then
  const digest = createHash('sha512').update('order 12').digest()
  const text = [
    'The private key of the shed hangs beside the door; begin with the door.',
    'Caesar said: CAESAR is no token, and Eyjafjallajökull is no JSON.',
    `Order 20261120123456789012, checksum ${digest.toString('hex')}.`,
    `See https://acme.example/t/${digest.toString('base64url')}`,
    'Sk, Sg, Npm and Asia are words. '.repeat(50),
  ].join('\n')
  expect((await expectSent({ text })).text).toContain('Caesar')
})
