import type { Refusal } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'
import {
  decoding,
  fail,
  failMedia,
  readContentType,
  readFields,
  readJsonBody,
} from './json-body.ts'
import { decodeRaw, readParameterised, readPart, splitMultipart } from './mime/index.ts'
import { isRecord } from './message.ts'

/** the one request that every dialect of sending decodes to */
export interface SendRequest {
  /** the RFC 5322 message, as bytes */
  readonly message: Buffer
  readonly threadId: string | undefined
}

export type SendDecoding =
  | { readonly ok: true; readonly params: SendRequest }
  | { readonly ok: false; readonly refusal: Refusal }

type UploadType = 'media' | 'multipart'

const ID = /^[A-Za-z0-9_-]{1,128}$/

/** Gmail's JSON dialect: `{raw, threadId?}` */
export function decodeJsonSend(request: Snapshot): SendDecoding {
  return decoding(() => readMessageFields(readJsonBody(request, MESSAGE_FIELDS)))
}

/** the JSON dialect of a draft: `{message: {raw, threadId?}}`; its `id` is the one in the path */
export function decodeJsonDraft(request: Snapshot): SendDecoding {
  return decoding(() => {
    const { message } = readJsonBody(request, ['message', 'id'])
    return readMessageFields(readInner(message, MESSAGE_FIELDS))
  })
}

const MESSAGE_FIELDS = ['raw', 'threadId'] as const

function readMessageFields({ raw, threadId }: Readonly<Record<string, unknown>>): SendRequest {
  if (typeof raw !== 'string') return fail('raw must be the whole message in base64url')
  return { message: decodeRaw(raw), threadId: readThreadId(threadId) }
}

function readInner(value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return fail('message must be an object')
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  return unknown === undefined
    ? value
    : fail(
        `the field \`message.${unknown.slice(0, 40)}\` is not allowed: send ${known.join(' and ')}`,
      )
}

/**
 * The `/upload/` twins of the same call, as stock clients use them for `media`. Both become the JSON form upstream, so
 * there is one way to send. A resumable upload would hand out a session whose later parts nobody checks.
 */
export function decodeUploadSend(
  request: Snapshot,
  uploadType: string | undefined,
  resource: 'message' | 'draft' = 'message',
): SendDecoding {
  return decoding(() => {
    switch (assertUploadType(uploadType)) {
      case 'media':
        if (readContentType(request).value !== 'message/rfc822')
          failMedia('the media must be message/rfc822')
        return { message: request.body, threadId: undefined }
      case 'multipart':
        return decodeRelated(request, resource)
    }
  })
}

function assertUploadType(uploadType: string | undefined): UploadType {
  if (uploadType === 'media' || uploadType === 'multipart') return uploadType
  return fail('uploadType must be media or multipart: resumable uploads are not offered')
}

/** `multipart/related` (RFC 2387): the JSON, then the message, and nothing else */
function decodeRelated(request: Snapshot, resource: 'message' | 'draft'): SendRequest {
  const type = readContentType(request)
  const boundary = type.parameters.get('boundary')
  if (
    type.value !== 'multipart/related' ||
    boundary === undefined ||
    !/^[!-~ ]{1,200}$/.test(boundary)
  ) {
    return failMedia('the body must be multipart/related with a boundary')
  }
  const [json, message, ...others] = splitMultipart(request.body, boundary)
  if (json === undefined || message === undefined || others.length > 0) {
    return fail('the multipart must hold two parts: the JSON, then the message')
  }
  const fields = readThreadFields(readTyped(json, 'application/json'), resource)
  return {
    message: readTyped(message, 'message/rfc822'),
    threadId: readThreadId(fields['threadId']),
  }
}

function readThreadFields(
  json: Buffer,
  resource: 'message' | 'draft',
): Readonly<Record<string, unknown>> {
  if (resource === 'message') return readFields(json, ['threadId'])
  const { message = {} } = readFields(json, ['message', 'id'])
  return readInner(message, ['threadId'])
}

/** the content of a part of this type, which must not be encoded: HTTP carries octets */
function readTyped(part: Buffer, expected: string): Buffer {
  const { headers, body } = readPart(part)
  const type = readParameterised('Content-Type', headers.get('content-type') ?? 'none')
  if (type.value !== expected) fail(`a part must be ${expected}`)
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary'
  if (!['7bit', '8bit', 'binary'].includes(encoding))
    fail('the parts of an upload must not be encoded')
  return body
}

function readThreadId(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || !ID.test(value)) return fail('threadId is not an id')
  return value
}
