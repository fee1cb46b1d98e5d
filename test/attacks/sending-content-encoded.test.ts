import { createHash, randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { useContentDesk, type Carrier } from '../support/content-desk.ts'

const { refuse, expectKept, expectSent } = useContentDesk()

/** what nobody can read, and so nobody has looked at */
const DATA = randomBytes(150)
const BASE64 = DATA.toString('base64')
const LINES = BASE64.replace(/.{1,76}/g, '$&\n')

beforeEach(() => {
  refuse('encoded_data')
})

describe('a long run of encoded data does not leave', () => {
  test.each<readonly [string, Carrier]>([
    ['base64', { text: `as agreed: ${BASE64}` }],
    ['base64 on lines', { text: `as agreed:\r\n${LINES}` }],
    ['base64 on quoted lines', { text: LINES.replace(/^/gm, '> ') }],
    ['URL-safe base64', { text: DATA.toString('base64url') }],
    ['hex', { text: DATA.toString('hex') }],
    ['hex in pairs', { text: DATA.toString('hex').replace(/../g, '$& ') }],
    [
      'hex in capitals with colons',
      { text: DATA.toString('hex').toUpperCase().replace(/../g, '$&:') },
    ],
    ['base64 in quoted-printable', { text: BASE64, encoding: 'quoted-printable' }],
    ['base64 in base64', { text: BASE64, encoding: 'base64' }],
    ['base64 in HTML, split by tags', { html: BASE64.replace(/.{10}/g, '<b>$&</b>') }],
    [
      'base64 in a link',
      { html: `<a href="https://acme.example/${DATA.toString('base64url')}">x</a>` },
    ],
    ['base64 in a text attachment', { attachment: { name: 'a.txt', content: LINES } }],
    ['base64 between zero-width spaces', { text: BASE64.split('').join('\u200b') }],
  ])('%s', async (_name, carrier) => {
    await expectKept(carrier)
  })
})

describe('what people write to each other leaves', () => {
  test.each<readonly [string, Carrier]>([
    ['a checksum', { text: `sha256: ${createHash('sha256').update(DATA).digest('hex')}` }],
    [
      'a link with an id',
      { text: `https://acme.example/d/${randomBytes(24).toString('base64url')}/edit?tab=t.0` },
    ],
    [
      'a link with many words',
      {
        text: 'https://acme.example/blog/2026/11/20/how-we-ship-tea-to-forty-countries-and-what-we-have-learned-from-it-in-Twenty-Years-of-shipping',
      },
    ],
    ['a long word', { text: 'Donaudampfschifffahrtsgesellschaft'.repeat(5) }],
    ['a table of numbers', { text: '2026-11-20 1234 5678 9012 3456\n'.repeat(40) }],
    ['a picture', { attachment: { name: 'a.png', content: randomBytes(3000) } }],
    ['a rule', { text: `${'-'.repeat(200)}\n${'='.repeat(200)}\n${'_'.repeat(200)}` }],
  ])('%s', async (_name, carrier) => {
    expect(await expectSent(carrier)).toBeDefined()
  })
})
