import fc from 'fast-check'
import { ALICE, EVE } from '../fixtures/mail/hostile.ts'

/** what the grants of the mail properties refuse in a body */
export const CANARY = 'project falcon'

/** what an attacker drops anywhere into a message to make one parser see something else than another */
const SNIPPETS: readonly string[] = [
  `\r\nBcc: ${EVE}\r\n`,
  `\nCc: ${EVE}\n`,
  `\rCc: ${EVE}\r`,
  `\r\nTo: ${EVE}`,
  `\r\n ${EVE}`,
  `, ${EVE}`,
  `; ${EVE}`,
  ` <${EVE}>`,
  `<${EVE}>,`,
  `"${EVE}" `,
  `(${EVE})`,
  `Friends: ${EVE};`,
  `<@evil.example:${ALICE}>`,
  '"eve@evil.example,x"@customer.example',
  '=?utf-8?Q?,_eve=40evil.example?=',
  '=?utf-7?Q?+ACw-?=',
  '=?utf-8?B?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=',
  '\r\n\r\n',
  '\n\n',
  '\r\n \r\n',
  '\r',
  '\n',
  '\0',
  '\t',
  ' ',
  '"',
  '\\',
  '<',
  '>',
  ',',
  ':',
  ';',
  '(',
  '@',
  '.',
  '\x85',
  '\xa0',
  '\xc2\x85',
  '\xef\xbc\xa0',
  '\xef\xbb\xbf',
  '\xe2\x80\xae',
  '\xe2\x80\x8b',
  'project\xe2\x80\x8bfalcon',
  'project falcon',
  'p=72oject falcon',
  '<p hidden>project falcon</p>',
  'project<!-- -->falcon',
  '<a href="https://evil.example/?d=1">x</a>',
  'https://evil.example/',
  '--edge\r\n',
  '--edge\n',
  '--edge--\r\n',
  '\r\n--edge\r\nContent-Type: text/html\r\n\r\n<p>two</p>',
  'Content-Type: message/rfc822\r\n',
  'Content-Disposition: attachment; filename=project falcon.txt\r\n',
  'boundary=edge;',
  'charset=utf-16;',
  'begin 644 x.txt\r\n',
]

/** whole headers, put before a line of the header block */
const HEADERS: readonly string[] = [
  `Bcc: ${EVE}`,
  `bcc : ${EVE}`,
  `Cc: ${EVE}`,
  `To: ${EVE}`,
  `Cc: Alice <${ALICE}>`,
  `Resent-To: ${EVE}`,
  `Reply-To: ${EVE}`,
  `X-Note: a\r\n\tBcc: ${EVE}`,
  `: ${EVE}`,
  'Content-Type: text/plain',
  'Content-Type: text/html; charset=utf-8',
  'Content-Type: multipart/mixed; boundary=edge',
  'Content-Type: multipart/alternative; boundary="edge"; boundary=other',
  'Content-Type: text/plain; charset=utf-16le',
  'Content-Type: text/html; charset=utf-7',
  'Content-Transfer-Encoding: base64',
  'Content-Transfer-Encoding: quoted-printable',
  'Content-Transfer-Encoding: 8bit',
  'Content-Disposition: inline; filename="project falcon.txt"',
  `Subject: ${CANARY}`,
  'Subject: =?utf-8?B?cHJvamVjdCBmYWxjb24=?=',
  'MIME-Version: 1.0',
]

const KINDS = [
  'insert',
  'insert',
  'insert',
  'delete',
  'repeat',
  'replace',
  'header',
  'header',
  'drop line',
  'double line',
  'fold',
  'change line end',
  'change all line ends',
  'change case',
  'splice',
  'quoted-printable',
  'base64',
] as const

export interface Mutation {
  readonly kind: (typeof KINDS)[number]
  /** a share of the message's length */
  readonly at: number
  readonly length: number
  readonly snippet: string
  readonly header: string
  readonly other: Buffer
}

export function mutationOf(bases: readonly Buffer[]): fc.Arbitrary<Mutation> {
  return fc.record({
    kind: fc.constantFrom(...KINDS),
    // most damage is done in the headers
    at: fc.oneof(
      { weight: 3, arbitrary: fc.double({ min: 0, max: 0.4, noNaN: true }) },
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
    length: fc.integer({ min: 1, max: 40 }),
    snippet: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...SNIPPETS) },
      fc.string({ maxLength: 3 }),
    ),
    header: fc.constantFrom(...HEADERS),
    other: fc.constantFrom(...bases),
  })
}

export function mutate(message: Buffer, mutation: Mutation): Buffer {
  const text = message.toString('latin1')
  return Buffer.from(mutateText(text, mutation), 'latin1')
}

function mutateText(text: string, mutation: Mutation): string {
  const place = Math.floor(mutation.at * text.length)
  const line = text.lastIndexOf('\n', place) + 1
  const lineEnd = text.indexOf('\n', place) + 1 || text.length
  const [before, after] = [text.slice(0, place), text.slice(place)]
  switch (mutation.kind) {
    case 'insert':
      return before + mutation.snippet + after
    case 'delete':
      return before + after.slice(mutation.length)
    case 'repeat':
      return before + after.slice(0, mutation.length) + after
    case 'replace':
      return before + mutation.snippet + after.slice(mutation.snippet.length)
    case 'header':
      return `${text.slice(0, line)}${mutation.header}${lineStyle(text)}${text.slice(line)}`
    case 'drop line':
      return text.slice(0, line) + text.slice(lineEnd)
    case 'double line':
      return text.slice(0, lineEnd) + text.slice(line)
    case 'fold':
      return `${before}${lineStyle(text)} ${after}`
    case 'change line end':
      return (
        text.slice(0, line).replace(/\r?\n$/, (end) => (end === '\n' ? '\r\n' : '\n')) +
        text.slice(line)
      )
    case 'change all line ends':
      return text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text.replaceAll('\n', '\r\n')
    case 'change case':
      return before + swapCase(after.slice(0, mutation.length)) + after.slice(mutation.length)
    case 'splice':
      return before + mutation.other.toString('latin1').slice(place)
    case 'quoted-printable':
      return before + escapeAll(after.slice(0, mutation.length)) + after.slice(mutation.length)
    case 'base64': {
      const word = Buffer.from(after.slice(0, mutation.length), 'latin1').toString('base64')
      return `${before}=?utf-8?B?${word}?=${after.slice(mutation.length)}`
    }
  }
}

function lineStyle(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

function swapCase(text: string): string {
  return text.replace(/[a-zA-Z]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
}

function escapeAll(text: string): string {
  return text.replace(/[a-z@,]/g, (letter) => `=${letter.charCodeAt(0).toString(16).toUpperCase()}`)
}
