import { AdapterError } from '../refusal.ts'

/**
 * Gmail's message and thread resources, as far as the front relies on them. Read by hand, not by a schema library: every
 * message that passes goes through here. What has another shape is not guessed at.
 */
export interface GmailMessage {
  readonly id: string
  readonly threadId: string
  readonly labelIds: readonly string[]
  /** milliseconds since 1970: when Gmail received it, not what the sender wrote */
  readonly internalDate: number
  readonly payload: GmailPart | undefined
  /** the resource itself, for the fields that are only copied */
  readonly resource: Readonly<Record<string, unknown>>
}

export interface GmailPart {
  readonly partId?: string
  readonly mimeType?: string
  readonly filename?: string
  readonly headers?: readonly GmailHeader[]
  readonly body?: { readonly attachmentId?: string; readonly size?: number; readonly data?: string }
  readonly parts?: readonly GmailPart[]
}

export interface GmailHeader {
  readonly name: string
  readonly value: string
}

export interface GmailThread {
  readonly id: string
  readonly messages: readonly GmailMessage[]
  /** of its latest change, whichever message that was in */
  readonly historyId: unknown
}

const maxPartDepth = 64

export function parseMessage(json: unknown): GmailMessage {
  if (!isRecord(json)) throw unexpected('a message is not an object')
  const { id, threadId, labelIds, internalDate, payload } = json
  if (typeof id !== 'string' || typeof threadId !== 'string')
    throw unexpected('a message has no id')
  if (labelIds !== undefined && !isTextList(labelIds)) throw unexpected('labelIds is not a list')
  const date = typeof internalDate === 'string' && /^\d{1,16}$/.test(internalDate)
  if (!date) throw unexpected('a message has no internalDate')
  if (payload !== undefined) assertPart(payload, 0)
  return {
    id,
    threadId,
    labelIds: labelIds ?? [],
    internalDate: Number(internalDate),
    payload,
    resource: json,
  }
}

export function parseThread(json: unknown): GmailThread {
  if (!isRecord(json) || typeof json['id'] !== 'string') throw unexpected('a thread has no id')
  const messages = json['messages'] ?? []
  if (!Array.isArray(messages)) throw unexpected('a thread has no list of messages')
  return { id: json['id'], messages: messages.map(parseMessage), historyId: json['historyId'] }
}

function assertPart(part: unknown, depth: number): asserts part is GmailPart {
  if (!isRecord(part) || depth > maxPartDepth) throw unexpected('a part is not an object')
  assertText(part['partId'])
  assertText(part['mimeType'])
  assertText(part['filename'])
  assertHeaders(part['headers'])
  assertBody(part['body'])
  const parts = part['parts']
  if (parts === undefined) return
  if (!Array.isArray(parts)) throw unexpected('parts is not a list')
  for (const child of parts) assertPart(child, depth + 1)
}

function assertHeaders(headers: unknown): void {
  if (headers === undefined) return
  if (!Array.isArray(headers)) throw unexpected('headers is not a list')
  for (const header of headers as unknown[]) {
    if (!isRecord(header) || typeof header['name'] !== 'string')
      throw unexpected('a header has no name')
    if (typeof header['value'] !== 'string') throw unexpected('a header has no value')
  }
}

function assertBody(body: unknown): void {
  if (body === undefined) return
  if (!isRecord(body)) throw unexpected('a part body is not an object')
  assertText(body['attachmentId'])
  assertText(body['data'])
  if (body['size'] !== undefined && typeof body['size'] !== 'number')
    throw unexpected('a size is no number')
}

function assertText(value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw unexpected('a field is not a text')
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Gmail answered 200 with something else than its documentation says */
export function unexpected(what: string): AdapterError {
  return new AdapterError(
    {
      code: 'upstream_failed',
      message: 'the provider gave an answer that this front does not understand',
      reason: 'unexpected_answer',
    },
    { cause: what },
  )
}
