import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { sanitiseHtml } from '../../../adapters/content/sanitise-html.ts'
import { readByPostalMime } from '../../../adapters/gmail/mime/content.ts'
import { readEntity } from '../../../adapters/gmail/mime/header-block.ts'
import { readHeaders } from '../../../adapters/gmail/mime/headers.ts'
import { readStructure } from '../../../adapters/gmail/mime/structure.ts'
import { readMail, writeMail, type DecodedMail } from '../../../adapters/gmail/mime/index.ts'
import { ALICE, HOSTILE_MAILS } from '../../fixtures/mail/hostile.ts'
import { honestMails } from '../../fixtures/mail/honest.ts'
import { readByAll } from '../../fixtures/mail/all-readers.ts'

const ACCOUNT = 'support@acme.example'

async function read(message: Buffer): Promise<DecodedMail> {
  const reading = await readMail(message)
  if (!reading.ok) throw new Error(reading.refusal)
  return reading.mail
}

async function rebuild(mail: DecodedMail): Promise<Buffer> {
  return writeMail({
    from: { name: mail.from?.name, address: ACCOUNT },
    to: mail.to,
    cc: mail.cc,
    subject: mail.subject,
    messageId: '<1@acme.example>',
    date: new Date('2026-11-01T12:00:00Z'),
    inReplyTo: undefined,
    references: [],
    text: mail.text,
    html: mail.unsafeHtml === undefined ? undefined : sanitiseHtml(mail.unsafeHtml),
    attachments: mail.attachments,
  })
}

describe('a hostile message is refused, or reaches exactly the recipients that were read', () => {
  test.each(HOSTILE_MAILS)('$name', async ({ message, expected }) => {
    const reading = await readMail(message)
    if (expected === 'refused') {
      expect(reading).toMatchObject({ ok: false })
      return
    }
    const mail = await read(message)
    const recipients = [...expected].toSorted()
    const rebuilt = await rebuild(mail)
    expect(await readByAll(rebuilt)).toEqual({
      ours: recipients,
      postalMime: recipients,
      mailparser: recipients,
      grammar: recipients,
    })
    const headers = (await PostalMime.parse(rebuilt)).headers.map(({ key }) => key)
    expect(headers).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:bcc|reply-to|sender|resent-|x-)/)]),
    )
  })
})

describe('an honest message passes and says the same after it was rebuilt', async () => {
  test.each(await honestMails())(
    '$name',
    async ({ message, to, cc = [], subject, says, attachments = [] }) => {
      const mail = await read(message)
      const again = await read(await rebuild(mail))
      for (const seen of [mail, again]) {
        expect(seen.to.map(({ address }) => address)).toEqual(to)
        expect(seen.cc.map(({ address }) => address)).toEqual(cc)
        expect(seen.subject).toBe(subject)
        expect(`${seen.text ?? ''}${seen.unsafeHtml ?? ''}`).toContain(says)
        expect(seen.attachments.map(({ filename }) => filename)).toEqual(attachments)
      }
      expect(again.attachments.map(({ sha256 }) => sha256)).toEqual(
        mail.attachments.map(({ sha256 }) => sha256),
      )
      expect(await readByAll(await rebuild(mail))).toMatchObject({
        ours: [...to, ...cc].toSorted(),
      })
    },
  )
})

test('a structure that postal-mime reads in another way is refused', async () => {
  const message = Buffer.from(
    `To: ${ALICE}\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n` +
      '--edge\r\n\r\nHi\r\n--edge\r\nContent-Type: image/png\r\n\r\nx\r\n--edge--\r\n',
  )
  const { fields, body } = readEntity(message, '\r\n')
  const leaves = readStructure(readHeaders(fields), body, '\r\n')
  await expect(readByPostalMime(message, leaves)).resolves.toMatchObject({ text: 'Hi\n' })
  await expect(readByPostalMime(message, leaves.slice(1))).rejects.toThrow('two ways')
  await expect(readByPostalMime(message, leaves.slice(0, 1))).rejects.toThrow('two ways')
})

test('the account is the sender whatever the message says', async () => {
  const mail = await read(Buffer.from(`From: CEO <ceo@acme.example>\r\nTo: ${ALICE}\r\n\r\nHi\r\n`))
  const email = await PostalMime.parse(await rebuild(mail))
  expect(email.from?.address).toBe(ACCOUNT)
})

test('invisible characters do not travel, the joiners of emoji and of Persian do', async () => {
  const hidden = Array.from('secret')
    .map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)))
    .join('')
  const text = `Hel\u200blo${hidden} \u202egnp\u202c 👩\u200d👩\u200d👧 می\u200cخواهم`
  const message = Buffer.from(
    `To: ${ALICE}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}`,
  )
  const { text: sent } = await read(await rebuild(await read(message)))
  expect(sent?.trim()).toBe('Hello gnp 👩\u200d👩\u200d👧 می\u200cخواهم')
})
