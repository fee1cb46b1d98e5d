import { beforeEach, describe, expect, test } from 'vitest'
import { useContentDesk, type Carrier } from '../support/content-desk.ts'

const { refuse, expectKept, expectSent } = useContentDesk()

const CARD = '4111 1111 1111 1111'
const BARE = '4111111111111111'
const FULL_WIDTH = '４１１１１１１１１１１１１１１１'
const IBAN = 'DE89 3704 0044 0532 0130 00'

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** the number of a card, in every place and dress in which it has been seen to leave */
const DISGUISES: readonly (readonly [name: string, carrier: Carrier])[] = [
  ['in the text', { text: `pay with ${CARD}` }],
  ['in the subject of a new mail', { subject: `card ${CARD}` }],
  ['with dots between all digits', { text: BARE.split('').join('.') }],
  ['with line ends between its groups', { text: CARD.replaceAll(' ', '\n') }],
  ['with slashes and underscores', { text: '4111/1111_1111/1111' }],
  ['with zero-width spaces', { text: BARE.split('').join('\u200b') }],
  ['with no-break and thin spaces', { text: '4111\u00a01111\u20091111\u202f1111' }],
  ['with dashes of every kind', { text: '4111–1111—1111−1111' }],
  ['with combining marks', { text: BARE.split('').join('\u0336') }],
  ['in full-width digits', { text: FULL_WIDTH }],
  ['in mathematical digits', { text: '𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏' }],
  ['in circled digits', { text: '④①①①①①①①①①①①①①①①' }],
  ['in Devanagari digits', { text: '४१११ ११११ ११११ ११११' }],
  ['in quoted-printable', { text: CARD, encoding: 'quoted-printable' }],
  ['in base64', { text: CARD, encoding: 'base64' }],
  ['in HTML', { html: `<p>${CARD}</p>` }],
  ['split by tags', { html: '<p>4111<b>1111</b><i>1111</i><span>1111</span></p>' }],
  ['split by comments', { html: '<p>4111<!-- x -->1111<!-- y -->1111<!-- z -->1111</p>' }],
  [
    'split over table cells',
    { html: `<table><tr>${'<td>4111</td><td>1111</td><td>1111</td><td>1111</td>'}</tr></table>` },
  ],
  [
    'in character references',
    { html: `<p>${BARE.replace(/./g, (digit) => `&#${digit.charCodeAt(0)};`)}</p>` },
  ],
  ['in HTML in base64', { html: `<p>${CARD}</p>`, encoding: 'base64' }],
  ['hidden by a style', { html: `<p>Hi<span style="display:none">${CARD}</span></p>` }],
  ['in the path of a link', { html: `<a href="https://acme.example/${BARE}">x</a>` }],
  [
    'in the query of a link, escaped',
    {
      html: `<a href="https://acme.example/?q=%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31">x</a>`,
    },
  ],
  [
    'in an escaped link of the text',
    { text: 'https://acme.example/?q=%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31' },
  ],
  ['in the name of an attachment', { attachment: { name: `${CARD}.pdf`, content: '%PDF' } }],
  ['in a text attachment', { attachment: { name: 'a.txt', content: CARD } }],
  ['in an attachment that says it is a picture', { attachment: { name: 'a.png', content: CARD } }],
  [
    'in a UTF-16 attachment',
    { attachment: { name: 'a.txt', content: Buffer.from(CARD, 'utf16le') } },
  ],
  [
    'in a CSV attachment, over cells',
    { attachment: { name: 'a.csv', content: '4111,1111,1111,1111' } },
  ],
  [
    'in an HTML attachment, split by tags',
    { attachment: { name: 'a.html', content: '<p>4111<b>1111</b>1111<i class="a">1111</i></p>' } },
  ],
  [
    'in an HTML attachment, in character references',
    {
      attachment: {
        name: 'a.html',
        content: BARE.replace(/./g, (digit) => `&#x${digit.charCodeAt(0).toString(16)};`),
      },
    },
  ],
  [
    'in a JSON attachment, escaped',
    {
      attachment: {
        name: 'a.json',
        content: `"${BARE.replace(/./g, (digit) => `\\u00${digit.charCodeAt(0).toString(16)}`)}"`,
      },
    },
  ],
  ['in the display name of a recipient', { name: CARD }],
  ['as base64 in the text', { text: `see ${base64(`card: ${CARD}`)}` }],
  [
    'as base64 with line ends',
    { text: base64(`the number of the card is ${CARD}, keep it`).replace(/.{20}/g, '$&\n') },
  ],
  ['as base64 behind other letters', { text: `x${base64(`card: ${CARD}`)}` }],
  [
    'as URL-safe base64 in a link',
    {
      html: `<a href="https://acme.example/${Buffer.from(`card=${CARD}`).toString('base64url')}">x</a>`,
    },
  ],
  ['as hex', { text: Buffer.from(`card ${CARD}`).toString('hex') }],
  ['as base64 of base64', { text: base64(base64(`card: ${CARD}`)) }],
  [
    'as base64 in an attachment',
    { attachment: { name: 'a.bin', content: base64(`card: ${CARD}`) } },
  ],
]

describe('a payment card does not leave', () => {
  beforeEach(() => {
    refuse('payment_card')
  })
  test.each(DISGUISES)('%s', async (_name, carrier) => {
    await expectKept(carrier)
  })
})

test('a payment card in the HTML beside an innocent text: the text leaves alone', async () => {
  refuse('payment_card')
  const sent = await expectSent({ text: 'Hi', html: `<p>Hi ${CARD}</p>` })
  expect(sent.html).toBeUndefined()
  expect(sent.text.trim()).toBe('Hi')
})

describe('a bank account does not leave', () => {
  beforeEach(() => {
    refuse('iban')
  })
  test.each<readonly [string, Carrier]>([
    ['in the text', { text: `to ${IBAN}` }],
    ['in lower case without spaces', { text: IBAN.replaceAll(' ', '').toLowerCase() }],
    ['in full-width letters and digits', { text: 'ＤＥ８９３７０４００４４０５３２０１３０００' }],
    ['split by tags', { html: '<b>DE89</b>3704<i>0044</i>0532 0130<u>00</u>' }],
    ['in quoted-printable', { text: IBAN, encoding: 'quoted-printable' }],
    ['in the name of an attachment', { attachment: { name: `${IBAN}.pdf`, content: '%PDF' } }],
    ['in a text attachment', { attachment: { name: 'a.csv', content: `iban;${IBAN}` } }],
    ['as base64', { text: base64(`account ${IBAN}`) }],
  ])('%s', async (_name, carrier) => {
    await expectKept(carrier)
  })
})

describe('numbers that are neither leave', () => {
  beforeEach(() => {
    refuse('payment_card', 'iban')
  })
  test.each<readonly [string, Carrier]>([
    ['wrong check digit of a card', { text: '4111 1111 1111 1112' }],
    ['wrong check digits of an IBAN', { text: 'DE88 3704 0044 0532 0130 00' }],
    ['a phone number and an order', { text: 'Call +49 30 1234567, order 2026-0012-3456.' }],
    [
      'a tracking number in a link',
      { html: '<a href="https://acme.example/t/1Z999AA10123456784">x</a>' },
    ],
    [
      'a picture',
      {
        attachment: {
          name: 'a.png',
          content: Buffer.from(Array.from({ length: 4000 }, (_, at) => (at * 7919) % 256)),
        },
      },
    ],
  ])('%s', async (_name, carrier) => {
    expect(await expectSent(carrier)).toBeDefined()
  })
})
