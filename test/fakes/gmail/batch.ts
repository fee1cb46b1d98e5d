import { STATUS_CODES } from 'node:http'
import type { GmailApi, IncomingRequest } from './api.ts'
import { readHeaders } from './mime/headers.ts'
import { parseMessage, type MimePart } from './mime/part.ts'
import { findHeader } from './mime/headers.ts'
import { headerValue } from './recorded-request.ts'
import type { Reply } from './reply.ts'
import type { SentMail } from './sent-mail.ts'

const BOUNDARY = 'batch_fake_gmail'

export function isBatch(request: IncomingRequest): boolean {
  return request.method === 'POST' && /^\/batch(?:\/gmail\/v1)?\/?(?:\?|$)/.test(request.target)
}

/** many requests in one body; what an inner request says of its credential and method goes before the outer one's */
export async function handleBatch(
  api: GmailApi,
  outer: IncomingRequest,
  deliver: (mail: SentMail) => void,
): Promise<Reply> {
  const contentType = headerValue(outer.rawHeaders, 'content-type') ?? ''
  const head = Buffer.from(`Content-Type: ${contentType}\r\n\r\n`)
  const answers: string[] = []
  for (const part of parseMessage(Buffer.concat([head, outer.body])).parts) {
    const reply = await api.handle(innerRequest(part, outer), deliver)
    answers.push(answerPart(part, reply))
  }
  return {
    status: 200,
    headers: { 'content-type': `multipart/mixed; boundary=${BOUNDARY}` },
    body: Buffer.from(`${answers.join('')}--${BOUNDARY}--\r\n`),
  }
}

function innerRequest(part: MimePart, outer: IncomingRequest): IncomingRequest {
  const text = part.content.toString('latin1')
  const lineEnd = text.indexOf('\n')
  const [method = '', target = ''] = text.slice(0, lineEnd === -1 ? undefined : lineEnd).split(' ')
  const { headers, body } = readHeaders(part.content.subarray(lineEnd + 1))
  const own = headers.flatMap((header) => [header.name, header.value])
  const authorization = headerValue(outer.rawHeaders, 'authorization')
  const inherited =
    findHeader(headers, 'Authorization') === undefined && authorization !== undefined
      ? ['authorization', authorization]
      : []
  return {
    method,
    target: target.trim().replace(/^https?:\/\/[^/]+/, ''),
    rawHeaders: [...own, ...inherited],
    body,
  }
}

function answerPart(part: MimePart, reply: Reply): string {
  const id = findHeader(part.headers, 'Content-ID')?.replace(/^</, '<response-') ?? ''
  const headers = Object.entries(reply.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return [
    `--${BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\n`,
    `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}\r\n${headers.join('')}\r\n`,
    `${reply.body.toString()}\r\n`,
  ].join('')
}
