import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sanitiseHtml } from '../../adapters/gmail/content/sanitise-html.ts'
import { readMail, writeMail } from '../../adapters/gmail/mime/index.ts'
import { EVE, HOSTILE_MAILS } from '../fixtures/mail/hostile.ts'
import { honestMails } from '../fixtures/mail/honest.ts'
import { readByThree } from '../fixtures/mail/three-readers.ts'

/** what an attacker drops into a message to make one parser see another recipient */
const SNIPPETS = [
  `\r\nBcc: ${EVE}\r\n`,
  `\nCc: ${EVE}\n`,
  `\r\nTo: ${EVE}`,
  `\r\n ${EVE}`,
  `, ${EVE}`,
  `; ${EVE}`,
  ` <${EVE}>`,
  `<${EVE}>,`,
  `"${EVE}" `,
  `(${EVE})`,
  `=?utf-8?Q?,_${EVE}?=`,
  '\r\n\r\n',
  '\n\n',
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
  '\xa0',
  '\x85',
  '\xef\xbb\xbf',
  '--edge\r\n',
  '--edge--\r\n',
  'Content-Type: message/rfc822\r\n',
  'boundary=edge;',
] as const

type Mutation = {
  kind: 'insert' | 'delete' | 'repeat'
  at: number
  length: number
  snippet: string
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('insert', 'insert', 'insert', 'delete', 'repeat'),
  // most damage is done in the headers
  at: fc.oneof(
    { weight: 3, arbitrary: fc.double({ min: 0, max: 0.4, noNaN: true }) },
    fc.double({ min: 0, max: 1, noNaN: true }),
  ),
  length: fc.integer({ min: 1, max: 40 }),
  snippet: fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({ maxLength: 3 })),
})

function mutate(message: Buffer, { kind, at, length, snippet }: Mutation): Buffer {
  const place = Math.floor(at * message.length)
  const [before, after] = [message.subarray(0, place), message.subarray(place)]
  switch (kind) {
    case 'insert':
      return Buffer.concat([before, Buffer.from(snippet, 'latin1'), after])
    case 'delete':
      return Buffer.concat([before, after.subarray(length)])
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, length), after])
  }
}

test('whatever is forwarded names the same, granted recipients to three parsers', async () => {
  const bases = [
    ...HOSTILE_MAILS.map(({ message }) => message),
    ...(await honestMails()).map(({ message }) => message),
  ]
  let forwarded = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...bases.filter((base) => base.length < 20_000)),
      fc.array(mutation, { maxLength: 3 }),
      async (base, mutations) => {
        const message = mutations.reduce(mutate, base)
        const reading = await readMail(message)
        if (!reading.ok) return
        const { mail } = reading
        const granted = [...mail.to, ...mail.cc].map(({ address }) => address).toSorted()
        const rebuilt = await writeMail({
          from: { name: mail.from?.name, address: 'support@acme.example' },
          to: mail.to,
          cc: mail.cc,
          subject: mail.subject,
          messageId: '<1@acme.example>',
          date: new Date(0),
          inReplyTo: undefined,
          references: [],
          text: mail.text,
          html: mail.unsafeHtml === undefined ? undefined : sanitiseHtml(mail.unsafeHtml),
          attachments: mail.attachments,
        })
        expect(await readByThree(rebuilt)).toEqual({
          ours: granted,
          postalMime: granted,
          mailparser: granted,
        })
        forwarded++
      },
    ),
    { numRuns: 600 },
  )
  // a fuzz whose every message is refused says nothing
  expect(forwarded).toBeGreaterThan(30)
})
