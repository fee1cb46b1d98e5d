import { simpleParser, type ParsedMail } from 'mailparser'
import PostalMime, { type Email } from 'postal-mime'
import { expect } from 'vitest'
import { mailOf } from '../../capabilities/vocabulary/action-parts.ts'
import type { Action, MailFacts } from '../../capabilities/index.ts'
import { readByAll } from '../fixtures/mail/all-readers.ts'
import { CANARY } from './mail-mutations.ts'

export const GRANTED_DOMAIN = 'customer.example'

/** what must hold of every message that leaves, whatever came in */
export async function expectHarmless(message: Buffer, action: Action): Promise<void> {
  const mail = mailOf(action)
  if (mail === undefined) throw new Error('the action sends nothing')
  await expectGranted(message, mail)
  const postal = await PostalMime.parse(message)
  const other = await simpleParser(message)
  expectLookedAt(wordsOfPostal(postal), mail)
  expectLookedAt(wordsOfMailparser(other, postal), mail)
  expect(postal.headers.map(({ key }) => key)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:bcc|reply-to|sender|resent-|x-)/)]),
  )
}

/** every reader sees the same recipients: those that were decided on, and all of them granted */
async function expectGranted(message: Buffer, mail: MailFacts): Promise<void> {
  const { ours, ...others } = await readByAll(message)
  expect(others).toEqual({ postalMime: ours, mailparser: ours, grammar: ours })
  expect([...new Set(ours)]).toEqual([...mail.recipients].toSorted())
  expect(ours.filter((address) => !address.endsWith(`@${GRANTED_DOMAIN}`))).toEqual([])
}

/** what one reader of the forwarded bytes finds of words */
interface Words {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly attached: readonly { readonly name: string; readonly content: string | undefined }[]
}

/** INVARIANT of the content rules: the words that they were asked about are the words that leave */
function expectLookedAt(words: Words, mail: MailFacts): void {
  const seen = mail.texts.map(squeeze)
  const left = [
    words.subject,
    words.text,
    readHtml(words.html),
    ...words.attached.flatMap(({ name, content }) => [name, content ?? '']),
  ]
  for (const text of left.map(squeeze)) {
    if (text === '') continue
    expect(seen).toContain(text)
    expect(bare(text)).not.toContain(bare(CANARY))
    expect(text).not.toMatch(HIDDEN)
  }
  // nothing may be left of the HTML: then it is none to a reader
  if (words.html !== '') expect(mail.html).toBe('sanitised')
  if (/https?:|href="/.test(words.text + words.html)) expect(mail.linkOrigins).not.toEqual([])
  expect(words.attached.length).toBe(mail.attachmentOrigins.length)
}

function wordsOfPostal(email: Email): Words {
  return {
    subject: email.subject ?? '',
    text: email.text ?? '',
    html: email.html ?? '',
    attached: email.attachments.map(({ filename, content }) => ({
      name: filename ?? '',
      content: decode(typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)),
    })),
  }
}

/** mailparser makes a text of its own where there is only HTML */
function wordsOfMailparser(email: ParsedMail, postal: Email): Words {
  return {
    subject: email.subject ?? '',
    text: postal.text === undefined ? '' : (email.text ?? ''),
    html: email.html === false ? '' : email.html,
    attached: email.attachments.map(({ filename, content }) => ({
      name: filename ?? '',
      content: decode(content),
    })),
  }
}

/** of what the mutations put in */
const HIDDEN = /[\u0085\u200b\u202e\ufeff]/

function decode(content: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

/** a reader of our own HTML, which is all that may be left of it */
function readHtml(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|amp);/g, (_entity, name: 'lt' | 'gt' | 'quot' | 'amp') => ENTITIES[name])
}

const ENTITIES = { lt: '<', gt: '>', quot: '"', amp: '&' } as const

/** readers fold and unfold lines in their own ways */
function squeeze(text: string): string {
  return text.replace(/\s+/g, '')
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')
}
