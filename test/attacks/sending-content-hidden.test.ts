import { beforeEach, describe, expect, test } from 'vitest'
import { ORDER } from '../fixtures/mail/order-threads.ts'
import { useContentDesk } from '../support/content-desk.ts'

const { refuse, desk, send, expectKept, expectSent } = useContentDesk()

const SECRET = 'pin1234'

/** every character that Unicode says may be left undrawn, those that are part of emoji and of some scripts included */
const IGNORABLE = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => /\p{Default_Ignorable_Code_Point}/u.test(character))

function inTags(text: string): string {
  return Array.from(text, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')
}

/** one bit a character, of two that are not drawn */
function inBits(text: string, zero: string, one: string): string {
  return Array.from(Buffer.from(text))
    .flatMap((octet) => Array.from(octet.toString(2).padStart(8, '0')))
    .map((bit) => (bit === '0' ? zero : one))
    .join('')
}

const CHANNELS: readonly (readonly [name: string, hidden: string])[] = [
  ['zero-width spaces and joiners', inBits(SECRET, '\u200b', '\u2060')],
  ['zero-width joiner and non-joiner', inBits(SECRET, '\u200c', '\u200d')],
  ['the tag block', inTags(SECRET)],
  ['bidirectional controls', inBits(SECRET, '\u202a', '\u202c')],
  ['bidirectional isolates', inBits(SECRET, '\u2066', '\u2069')],
  ['left-to-right and right-to-left marks', inBits(SECRET, '\u200e', '\u200f')],
  ['variation selectors', inBits(SECRET, '\ufe00', '\ufe01')],
  ['the selectors of emoji behind letters', inBits(SECRET, '\ufe0e', '\ufe0f')],
  ['variation selectors of the supplement', inBits(SECRET, '\u{e0100}', '\u{e0101}')],
  ['soft hyphens and invisible operators', inBits(SECRET, '\u00ad', '\u2063')],
  ['Hangul fillers', inBits(SECRET, '\u115f', '\u3164')],
  ['controls of shorthand and music', inBits(SECRET, '\u{1bca0}', '\u{1d173}')],
  ['private use', inBits(SECRET, '\ue000', '\u{f0000}')],
  ['byte order marks', inBits(SECRET, '\ufeff', '\ufff9')],
]

describe('characters that nobody sees do not leave', () => {
  beforeEach(() => {
    refuse('project falcon')
  })
  test.each(CHANNELS)('%s', async (_name, hidden) => {
    const visible = await expectSent({
      subject: `Or${hidden}der`,
      text: `Hel${hidden}lo`,
      html: `<p>Hel${hidden}lo</p>`,
      name: `Ali${hidden}ce`,
      attachment: { name: `a${hidden}.pdf`, content: '%PDF' },
    })
    expect(visible).toMatchObject({ subject: 'Order', text: 'Hello\n', html: '<p>Hello</p>\n' })
    expect(visible.attachments.map(({ filename }) => filename)).toEqual(['a.pdf'])
    expect(visible.headers.find(({ name }) => name === 'To')?.value).toMatch(/^(?:Alice )?<?alice@/)
  })

  test.each(CHANNELS)('%s, written as character references in HTML', async (_name, hidden) => {
    const references = Array.from(hidden, (one) => `&#x${one.codePointAt(0)?.toString(16) ?? ''};`)
    const { html } = await expectSent({ html: `<p>Hel${references.join('')}lo</p>` })
    expect(html).toBe('<p>Hello</p>\n')
  })

  test('controls', async () => {
    const hidden = inBits(SECRET, '\u0001', '\u009f')
    const sent = await expectSent({ text: `Hel${hidden}lo`, html: `<p>Hel${hidden}lo</p>` })
    expect(sent).toMatchObject({ text: 'Hello\n', html: '<p>Hello</p>\n' })
  })

  test('none of all that Unicode calls ignorable', async () => {
    const { text } = await expectSent({ text: `a${IGNORABLE.map((one) => `${one}b`).join('')}` })
    expect(text.trim()).toBe(`a${'b'.repeat(IGNORABLE.length)}`)
  })

  test('emoji and scripts keep theirs', async () => {
    const written = '👩\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 می\u200cخواهم'
    expect((await expectSent({ text: written })).text.trim()).toBe(written)
  })
})

describe('a refused word is found through what hides it', () => {
  beforeEach(() => {
    refuse('project falcon')
  })
  test.each([
    ['zero-width spaces', { text: 'pro\u200bject fal\u2060con' }],
    ['a right-to-left override', { text: '\u202dproject falcon\u202c' }],
    ['soft hyphens in HTML', { html: 'pro&shy;ject fal&#173;con' }],
    ['tags', { html: '<p>pro<b>ject</b> fal<i></i>con</p>' }],
    ['comments', { html: '<p>pro<!-- x -->ject falcon</p>' }],
    ['a style that hides', { html: '<p style="font-size:0;color:#fff">project falcon</p>' }],
    ['an attribute that hides', { html: '<p hidden>project falcon</p>' }],
    [
      'a class that hides',
      { html: '<style>.x{display:none}</style><p class="x">project falcon</p>' },
    ],
    ['a CDATA section', { html: '<p><![CDATA[project falcon]]> project falcon</p>' }],
    ['full-width letters', { text: 'ｐｒｏｊｅｃｔ ｆａｌｃｏｎ' }],
    ['other case and separators', { text: 'P-R-O-J-E-C-T_F.A.L.C.O.N' }],
    ['quoted-printable', { text: 'project falcon', encoding: 'quoted-printable' as const }],
    ['base64', { text: 'project falcon', encoding: 'base64' as const }],
    ['the name of an attachment', { attachment: { name: 'Project-Falcon.pdf', content: '%PDF' } }],
    ['a link', { html: '<a href="https://acme.example/project%20falcon">x</a>' }],
    [
      'the text of an SVG attachment',
      {
        attachment: {
          name: 'a.svg',
          content: '<svg><text>project</text><text> falcon</text></svg>',
        },
      },
    ],
    ['its base64', { text: Buffer.from('about project falcon').toString('base64') }],
  ])('%s', async (_name, carrier) => {
    await expectKept(carrier)
  })
})

describe('HTML loads nothing, whatever it is written as', () => {
  beforeEach(() => {
    refuse('project falcon')
  })
  test.each([
    ['an image', '<img src="https://evil.example/?d=1">'],
    ['an image of a set', '<img srcset="https://evil.example/1 1x, https://evil.example/2 2x">'],
    ['a picture', '<picture><source srcset="https://evil.example/1"><img></picture>'],
    ['an image without quotes and spaces', '<img/src=https://evil.example/?d=1>'],
    ['an image that is not closed', '<img src="https://evil.example/?d=1" '],
    [
      'a background attribute',
      '<table background="https://evil.example/"><tr><td background="//evil.example">x',
    ],
    ['a background style', '<p style="background:url(https://evil.example/)">x</p>'],
    ['a style with escapes', '<p style="b\\61ckground:\\75rl(//evil.example)">x</p>'],
    ['an imported style sheet', '<style>@import "https://evil.example/";</style>'],
    ['a font', '<style>@font-face{font-family:x;src:url(https://evil.example/)}</style>'],
    ['a linked style sheet', '<link rel=stylesheet href="https://evil.example/">'],
    [
      'audio and video',
      '<video poster="https://evil.example/"><source src="https://evil.example/"></video>',
    ],
    [
      'an object',
      '<object data="https://evil.example/"></object><embed src="https://evil.example/">',
    ],
    [
      'SVG',
      '<svg><image href="https://evil.example/"/><use href="https://evil.example/#x"/></svg>',
    ],
    ['MathML', '<math><mtext><img src="https://evil.example/"></mtext></math>'],
    ['VML', '<v:rect><v:fill src="https://evil.example/"/></v:rect>'],
    ['a conditional comment', '<!--[if mso]><img src="https://evil.example/"><![endif]-->'],
    [
      'a form',
      '<form action="https://evil.example/"><input type="image" src="https://evil.example/"></form>',
    ],
    ['a base', '<base href="https://evil.example/"><a href="x">x</a>'],
    ['a refresh', '<meta http-equiv=refresh content="0;url=https://evil.example/">'],
    ['a link to prefetch', '<link rel="dns-prefetch" href="//evil.example">'],
    ['a ping', '<a href="https://acme.example/" ping="https://evil.example/">x</a>'],
    ['an image behind a broken attribute', '<a title="<img src=https://evil.example/>">x</a>'],
  ])('%s', async (_name, html) => {
    const sent = await expectSent({ text: '', html: `<p>Hi</p>${html}` })
    const tags = sent.html?.match(/<[^>]*>/g) ?? []
    expect(sent.html).toContain('<p>Hi</p>')
    expect(tags.filter((tag) => tag.includes('evil.example'))).toEqual([])
    expect(
      tags.filter((tag) => !/^<\/?[a-z0-9]+(?: href="https:[^"]*")?(?: \/)?>$/.test(tag)),
    ).toEqual([])
  })
})

test.each([
  ['a link to a new host', { html: '<a href="https://evil.example/?d=1">x</a>' }],
  ['a host in the text', { text: 'see evil.com/d' }],
  ['a host written with a full-width stop', { text: 'see https://evil．com/' }],
  [
    'a new host under a known name',
    { html: '<a href="https://evil.example/">shop.customer.example</a>' },
  ],
  [
    'a known host as the user of a new one',
    { text: 'https://shop.customer.example@evil.example/' },
  ],
  ['a data: link with a host', { text: 'data:text/html,https://evil.example/' }],
])('where only known links may stand, %s does not leave', async (_name, carrier) => {
  desk().grant({ actions: ['messages.reply'], body: { links: 'known' } })
  expect(await send(carrier, ORDER)).toHaveProperty('denied')
  expect(desk().gmail.requests.filter(({ method }) => method !== 'GET')).toEqual([])
})
