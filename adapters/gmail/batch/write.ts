import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { InnerAnswer } from '../../batch.ts'

/** in the order of the requests: Java's client counts the parts and does not look at their names */
export function writeBatch(answers: readonly InnerAnswer[]): {
  readonly contentType: string
  readonly body: Buffer
} {
  // nobody who chooses what a mail says can write this line into it
  const boundary = `batch_${randomUUID()}`
  const pieces = answers.flatMap((answer) => [toHead(answer, boundary), answer.body, '\r\n'])
  const body = Buffer.concat(
    [...pieces, `--${boundary}--\r\n`].map((piece) =>
      typeof piece === 'string' ? Buffer.from(piece) : piece,
    ),
  )
  // without quotes: PHP's client does not take them off
  return { contentType: `multipart/mixed; boundary=${boundary}`, body }
}

function toHead({ contentId, status, decisionId, body }: InnerAnswer, boundary: string): string {
  return [
    `--${boundary}`,
    'Content-Type: application/http',
    ...(contentId === undefined ? [] : [`Content-ID: ${toResponseId(contentId)}`]),
    '',
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    ...(status === 204 ? [] : jsonHeaders(body)),
    `X-Remit-Decision: ${decisionId}`,
    '',
    '',
  ].join('\r\n')
}

function jsonHeaders(body: string | Buffer): string[] {
  const type = 'Content-Type: application/json; charset=UTF-8'
  return [type, `Content-Length: ${Buffer.byteLength(body)}`]
}

/** `<item1>` becomes `<response-item1>`; without brackets the same without brackets */
function toResponseId(contentId: string): string {
  return contentId.startsWith('<') ? `<response-${contentId.slice(1)}` : `response-${contentId}`
}
