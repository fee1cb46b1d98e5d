import { expect } from 'vitest'
import type { FakeGmail } from '../fakes/gmail/index.ts'
import type { TestFront } from '../support/front.ts'
import { sendRaw } from '../support/raw-http.ts'

/** one part of the answer to a batch, as a client reads it */
interface BatchPartAnswer {
  readonly contentId: string | undefined
  readonly status: number
  readonly decisionId: string | undefined
  readonly body: string
}

export interface BatchAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** empty where the batch was refused whole */
  readonly parts: readonly BatchPartAnswer[]
}

const BOUNDARY = 'batch_of_the_test'

/** the inner requests as a client writes them, each named `<n>` unless it brings its own part headers */
export function writeBatch(requests: readonly string[]): string {
  const parts = requests.map((request, index) => writePart([`Content-ID: <${index + 1}>`], request))
  return joinParts(parts)
}

export function writePart(headers: readonly string[], request: string): string {
  return ['Content-Type: application/http', ...headers, '', request].join('\r\n')
}

export function joinParts(parts: readonly string[], boundary: string = BOUNDARY): string {
  return [...parts.flatMap((part) => [`--${boundary}`, part]), `--${boundary}--`, ''].join('\r\n')
}

export function getPart(path: string, ...headers: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, ...headers, '', ''].join('\r\n')
}

export function postPart(path: string, body: string, ...headers: readonly string[]): string {
  const lines = [`POST ${path} HTTP/1.1`, 'Content-Type: application/json', ...headers]
  return [...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
}

export function messagePath(id: string): string {
  return `/gmail/v1/users/me/messages/${id}`
}

export interface BatchOptions {
  readonly path?: string
  readonly contentType?: string
  /** header lines in place of the bearer token */
  readonly authorization?: readonly string[]
}

/** over a bare socket, byte for byte */
export async function sendBatch(
  front: TestFront,
  token: string,
  body: string,
  options: BatchOptions = {},
): Promise<BatchAnswer> {
  const answer = await sendRaw(front.port, toRequest(token, body, options))
  const contentType = /^content-type: (.*)$/im.exec(answer.head)?.[1]?.trim() ?? ''
  const parts = contentType.startsWith('multipart/') ? readParts(contentType, answer.body) : []
  return { status: answer.status, contentType, body: answer.body, parts }
}

/** the whole request, for a test that sends it in its own way */
export function toRequest(token: string, body: string, options: BatchOptions = {}): string {
  const lines = [
    `POST ${options.path ?? '/batch/gmail/v1'} HTTP/1.1`,
    'Host: front',
    ...(options.authorization ?? [`Authorization: Bearer ${token}`]),
    `Content-Type: ${options.contentType ?? `multipart/mixed; boundary=${BOUNDARY}`}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

function readParts(contentType: string, body: string): BatchPartAnswer[] {
  const boundary = /boundary=(\S+)$/.exec(contentType)?.[1] ?? ''
  const [preamble, ...pieces] = body.split(`--${boundary}`)
  expect(preamble).toBe('')
  expect(pieces.pop()).toBe('--\r\n')
  return pieces.map((piece) => {
    const [partHead = '', head = '', ...rest] = piece.split('\r\n\r\n')
    expect(partHead).toMatch(/^\r\nContent-Type: application\/http(?:\r\n|$)/)
    const content = rest.join('\r\n\r\n').replace(/\r\n$/, '')
    const length = /^Content-Length: (\d+)\r?$/m.exec(head)?.[1]
    expect(length).toBe(head.startsWith('HTTP/1.1 204') ? undefined : String(content.length))
    return {
      contentId: /^Content-ID: (.*)$/m.exec(partHead)?.[1]?.trim(),
      status: Number(/^HTTP\/1\.1 (\d{3}) \S/.exec(head)?.[1]),
      decisionId: /^X-Remit-Decision: (.*)$/m.exec(head)?.[1]?.trim(),
      body: content,
    }
  })
}

/** Google's word for what went wrong, in a part or in the whole */
export function reasonOf({ body }: { readonly body: string }): string {
  const { error } = JSON.parse(body) as { error: { errors: [{ reason: string }] } }
  return error.errors[0].reason
}

/** no batch ever goes on to the provider, whatever stands in it */
export function expectNoBatchUpstream(gmail: FakeGmail): void {
  expect(gmail.requests.filter(({ target }) => target.includes('batch'))).toEqual([])
}
