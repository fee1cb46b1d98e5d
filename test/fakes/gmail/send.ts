import { randomBytes } from 'node:crypto'
import type { Call } from './call.ts'
import { invalidArgument, notFound } from './errors.ts'
import { toText, toTexts, type JsonObject } from './json.ts'
import { subjectOf, type StoredMessage } from './mailbox.ts'
import { findAddresses } from './mime/addresses.ts'
import { decodeWords, findHeader, findHeaders, readHeaders } from './mime/headers.ts'
import { readSentMail } from './sent-mail.ts'

/**
 * Sends: the message is delivered to everybody whom any reader of it finds, and also to recipients in JSON fields beside
 * `raw`. The From header is left as it came. Both are more dangerous than Gmail, so that what a front lets through is seen.
 */
export async function sendMail(call: Call, raw: Buffer, json: JsonObject): Promise<StoredMessage> {
  const mail = await readSentMail(raw, recipientsBeside(json))
  if (mail.recipients.length === 0) throw invalidArgument('Recipient address required')
  const source = withOwnHeaders(raw, call.now)
  const message = call.mailbox.addMessage({
    raw: source,
    threadId: findThread(call, source, toText(json['threadId'])),
    labelIds: ['SENT', ...toTexts(json['labelIds']).filter((id) => id !== 'SENT')],
    internalDate: call.now,
  })
  call.deliver({ ...mail, messageId: message.id, threadId: message.threadId, via: call.route })
  return message
}

function recipientsBeside(json: JsonObject): string[] {
  return ['to', 'cc', 'bcc']
    .flatMap((field) => toTexts(json[field]))
    .flatMap((value) => findAddresses(value))
}

function withOwnHeaders(raw: Buffer, now: number): Buffer {
  const { headers } = readHeaders(raw)
  const added = [
    findHeader(headers, 'Date') === undefined && `Date: ${new Date(now).toUTCString()}\r\n`,
    findHeader(headers, 'Message-ID') === undefined &&
      `Message-ID: <CA${randomBytes(18).toString('base64url')}@mail.gmail.com>\r\n`,
  ].filter((line) => line !== false)
  return Buffer.concat([Buffer.from(added.join('')), raw])
}

/**
 * A message joins a thread when it answers one of the thread's messages (References, In-Reply-To) under the same subject.
 * With a threadId that it does not fit, it is sent all the same and begins a thread of its own; without any threadId it may
 * join one. The caller learns which from the answer, and from nothing else.
 */
function findThread(call: Call, raw: Buffer, asked: string | undefined): string | undefined {
  if (asked !== undefined && call.mailbox.threadMessages(asked).length === 0) throw notFound()
  const { headers } = readHeaders(raw)
  const answered = [...findHeaders(headers, 'References'), ...findHeaders(headers, 'In-Reply-To')]
    .join(' ')
    .match(/<[^<>\s]+>/g)
  const subject = bareSubject(decodeWords(findHeader(headers, 'Subject') ?? ''))
  return call.mailbox
    .newestFirst()
    .find(
      (message) =>
        (asked === undefined || message.threadId === asked) &&
        answered?.includes(findHeader(message.root.headers, 'Message-ID') ?? '') === true &&
        bareSubject(subjectOf(message)) === subject,
    )?.threadId
}

function bareSubject(subject: string): string {
  return subject
    .replace(/^(?:(?:re|fwd?|aw)\s*:\s*)+/i, '')
    .trim()
    .toLowerCase()
}
