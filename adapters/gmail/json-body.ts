import { badRequest, type Refusal } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'
import { readParameterised, UnreadableMail } from './mime/index.ts'
import { parseStrictJson } from '../strict-json.ts'

/** what a decoding function throws, as the refusal that it is; a bug stays an exception */
export function decoding<Params>(
  read: () => Params,
):
  | { readonly ok: true; readonly params: Params }
  | { readonly ok: false; readonly refusal: Refusal } {
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

/** a body of `application/json` with these fields and no others */
export function readJsonBody(
  request: Snapshot,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (readContentType(request).value !== 'application/json')
    failMedia('the body must be application/json')
  return readFields(request.body, known)
}

/** Gmail knows more fields (`payload`, `labelIds` …): what they would do is not decided here, so they are refused */
export function readFields(
  bytes: Buffer,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  const json = parseStrictJson(bytes)
  if (!json.ok) return fail(json.reason)
  const unknown = Object.keys(json.value).find((name) => !known.includes(name))
  if (unknown !== undefined)
    fail(`the field \`${unknown.slice(0, 40)}\` is not allowed: send ${known.join(' and ')}`)
  return json.value
}

export function readContentType(request: Snapshot): ReturnType<typeof readParameterised> {
  const [value, ...others] = request.headers.contentType
  if (value === undefined || others.length > 0) return failMedia('one Content-Type is needed')
  const type = readParameterised('Content-Type', value)
  const charset = type.parameters.get('charset')
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8')
    failMedia('the body must be UTF-8')
  return type
}

class WrongMedia extends Error {
  readonly refusal: Refusal
  constructor(message: string) {
    super(message)
    this.name = 'WrongMedia'
    this.refusal = { code: 'unsupported_media_type', message, reason: 'unsupported_media_type' }
  }
}

export function fail(message: string): never {
  throw new UnreadableMail(message)
}

export function failMedia(message: string): never {
  throw new WrongMedia(message)
}
