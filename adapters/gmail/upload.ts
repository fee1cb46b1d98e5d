import { badRequest, type Refusal } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'
import {
  decodeRaw,
  readParameterised,
  readPart,
  splitMultipart,
  UnreadableMail,
} from './mime/index.ts'
import { parseStrictJson } from './sending/strict-json.ts'

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
  return decode(() => {
    if (readContentType(request).value !== 'application/json')
      failMedia('the body must be application/json')
    const { raw, ...rest } = readFields(request.body, ['raw', 'threadId'])
    if (typeof raw !== 'string') return fail('raw must be the whole message in base64url')
    return { message: decodeRaw(raw), threadId: readThreadId(rest['threadId']) }
  })
}

/**
 * The `/upload/` twins of the same call, as stock clients use them for `media`. Both become the JSON form upstream, so
 * there is one way to send. A resumable upload would hand out a session whose later parts nobody checks.
 */
export function decodeUploadSend(request: Snapshot, uploadType: string | undefined): SendDecoding {
  return decode(() => {
    switch (assertUploadType(uploadType)) {
      case 'media':
        if (readContentType(request).value !== 'message/rfc822')
          failMedia('the media must be message/rfc822')
        return { message: request.body, threadId: undefined }
      case 'multipart':
        return decodeRelated(request)
    }
  })
}

function assertUploadType(uploadType: string | undefined): UploadType {
  if (uploadType === 'media' || uploadType === 'multipart') return uploadType
  return fail('uploadType must be media or multipart: resumable uploads are not offered')
}

/** `multipart/related` (RFC 2387): the JSON, then the message, and nothing else */
function decodeRelated(request: Snapshot): SendRequest {
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
  const fields = readFields(readTyped(json, 'application/json'), ['threadId'])
  return {
    message: readTyped(message, 'message/rfc822'),
    threadId: readThreadId(fields['threadId']),
  }
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

function readContentType(request: Snapshot): ReturnType<typeof readParameterised> {
  const [value, ...others] = request.headers.contentType
  if (value === undefined || others.length > 0) return failMedia('one Content-Type is needed')
  const type = readParameterised('Content-Type', value)
  const charset = type.parameters.get('charset')
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8')
    failMedia('the body must be UTF-8')
  return type
}

/** Gmail knows more fields (`payload`, `labelIds` …): what they would do is not decided here, so they are refused */
function readFields(bytes: Buffer, known: readonly string[]): Readonly<Record<string, unknown>> {
  const json = parseStrictJson(bytes)
  if (!json.ok) return fail(json.reason)
  const unknown = Object.keys(json.value).find((name) => !known.includes(name))
  if (unknown !== undefined)
    fail(`the field \`${unknown.slice(0, 40)}\` is not allowed: send ${known.join(' and ')}`)
  return json.value
}

function readThreadId(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || !ID.test(value)) return fail('threadId is not an id')
  return value
}

function decode(read: () => SendRequest): SendDecoding {
  try {
    return { ok: true, params: read() }
  } catch (error) {
    if (error instanceof WrongMedia) return { ok: false, refusal: error.refusal }
    if (error instanceof UnreadableMail) {
      return { ok: false, refusal: badRequest('bad_message', error.message) }
    }
    throw error
  }
}

class WrongMedia extends Error {
  readonly refusal: Refusal
  constructor(message: string) {
    super(message)
    this.name = 'WrongMedia'
    this.refusal = { code: 'unsupported_media_type', message, reason: 'unsupported_media_type' }
  }
}

function fail(message: string): never {
  throw new UnreadableMail(message)
}

function failMedia(message: string): never {
  throw new WrongMedia(message)
}
