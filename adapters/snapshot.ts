import type { IncomingMessage } from 'node:http'
import { badRequest, type Refusal } from './refusal.ts'

/**
 * The request as plain data, copied once. Everything after this step decides on the snapshot and forwards values from it;
 * the live request is never looked at again, so what was checked is what is used.
 */
export interface Snapshot {
  readonly method: string
  /** the raw path, validated: one leading `/`, no escape that hides a separator, no dot segment */
  readonly path: string
  /** decoded parameters in order; a name may stand several times */
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly headers: SnapshotHeaders
  /** empty until the operation that reads a body is known */
  readonly body: Buffer
}

/** every occurrence of the headers that a front looks at; no other header has any meaning here */
interface SnapshotHeaders {
  readonly authorization: readonly string[]
  /** proofs of possession (RFC 9449 §4.1) */
  readonly dpop: readonly string[]
  readonly contentType: readonly string[]
  readonly hasBody: boolean
  /** of those that mean something to one provider, by lower-case name; see `Provider.readHeaders` */
  readonly named?: Readonly<Partial<Record<NamedHeader, readonly string[]>>>
}

const NAMED = ['stripe-version', 'stripe-account', 'stripe-context', 'idempotency-key'] as const
type NamedHeader = (typeof NAMED)[number]

export type SnapshotResult =
  | { readonly ok: true; readonly snapshot: Snapshot }
  | { readonly ok: false; readonly refusal: Refusal }

type Refused = { readonly ok: false; readonly refusal: Refusal }

const noBody = Buffer.alloc(0)
const noPairs: Snapshot['query'] = []
const maxTargetLength = 8192

export function takeSnapshot(request: IncomingMessage): SnapshotResult {
  return toSnapshot(request.method ?? '', request.url ?? '', request.rawHeaders)
}

/** `rawHeaders`: names and values in turn */
export function toSnapshot(
  method: string,
  rawTarget: string,
  rawHeaders: readonly string[],
): SnapshotResult {
  const target = parseTarget(rawTarget)
  if (!target.ok) return target
  const headers = readHeaders(rawHeaders)
  if (!headers.ok) return headers
  const snapshot = {
    method,
    path: target.path,
    query: target.query,
    headers: headers.headers,
    body: noBody,
  }
  return { ok: true, snapshot }
}

/**
 * The target is only ever compared and copied, never resolved as a URL: `//host/…` and absolute-form would make a URL parser
 * send the real credential to another host.
 */
function parseTarget(
  target: string,
): { readonly ok: true; readonly path: string; readonly query: Snapshot['query'] } | Refused {
  if (target.length > maxTargetLength)
    return refuse('target_too_long', 'request target is too long')
  if (target.charCodeAt(0) !== 0x2f || target.charCodeAt(1) === 0x2f) {
    return refuse('bad_target', 'request target must be a path that starts with one `/`')
  }
  // eslint-style ranges on purpose: printable ASCII without space, backslash, `#`; everything else must be escaped
  if (!/^[!"$-[\]-~]*$/.test(target)) {
    return refuse('bad_target', 'request target has characters that must be escaped')
  }
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  if (!isCleanPath(path))
    return refuse('bad_path', 'path has an escape, dot segment or `;` that is not accepted')
  if (mark === -1) return { ok: true, path, query: noPairs }
  const query = parseQuery(target.slice(mark + 1))
  if (query === undefined) return refuse('bad_query', 'query is not well-formed')
  return { ok: true, path, query }
}

function isCleanPath(path: string): boolean {
  if (path.includes(';')) return false
  if (/\/\.{1,2}(\/|$)/.test(path)) return false
  if (!path.includes('%')) return true
  return path.split('/').every((segment) => {
    const decoded = decode(segment)
    // an escaped separator, dot segment or control character reads differently one parser further on
    return decoded !== undefined && !/^\.{1,2}$/.test(decoded) && !/[/\\?#;%]/.test(decoded)
  })
}

function parseQuery(text: string): Snapshot['query'] | undefined {
  if (text.includes('?')) return undefined
  const pairs: [string, string][] = []
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decode(equals === -1 ? part : part.slice(0, equals))
    const value = equals === -1 ? '' : decode(part.slice(equals + 1).replaceAll('+', ' '))
    if (name === undefined || value === undefined) return undefined
    pairs.push([name, value])
  }
  return pairs
}

/** percent-decoding of well-formed UTF-8 without control characters; overlong forms and stray bytes are refused */
function decode(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    const decoded = decodeURIComponent(text)
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    return /[\u0000-\u001f\u007f]/.test(decoded) ? undefined : decoded
  } catch {
    return undefined
  }
}

function readHeaders(
  raw: readonly string[],
): { readonly ok: true; readonly headers: SnapshotHeaders } | Refused {
  const authorization: string[] = []
  const dpop: string[] = []
  const contentType: string[] = []
  const named: Partial<Record<NamedHeader, string[]>> = {}
  let hasBody = false
  let hosts = 0
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const value = raw[index + 1] ?? ''
    switch ((raw[index] ?? '').toLowerCase()) {
      case 'authorization':
        authorization.push(value)
        break
      case 'dpop':
        dpop.push(value)
        break
      case 'content-type':
        contentType.push(value)
        break
      case 'stripe-version':
      case 'stripe-account':
      case 'stripe-context':
      case 'idempotency-key': {
        const name = NAMED.find((one) => one === raw[index]?.toLowerCase())
        if (name !== undefined) (named[name] ??= []).push(value)
        break
      }
      case 'host':
        hosts += 1
        break
      // 100-continue is answered before; RFC 9110 §10.1.1 has no other
      case 'expect':
        if (value.toLowerCase() !== '100-continue')
          return refuse('expectation', 'the expectation cannot be met: leave the Expect header out')
        break
      case 'content-length':
        if (value !== '0') hasBody = true
        break
      case 'transfer-encoding':
        hasBody = true
        break
      case 'content-encoding':
        if (value.toLowerCase() !== 'identity')
          return refuseMedia('encoded_body', 'send the body without Content-Encoding')
        break
      // real Google hosts honour it: a GET that was checked could arrive as a DELETE
      case 'x-http-method-override':
      case 'x-http-method':
      case 'x-method-override':
        return {
          ok: false,
          refusal: {
            code: 'unknown_operation',
            message: 'method overrides are not accepted',
            reason: 'method_override',
          },
        }
    }
  }
  // RFC 9112 §3.2
  if (hosts !== 1) return refuse('host', 'a request names exactly one Host')
  return { ok: true, headers: { authorization, dpop, contentType, hasBody, named } }
}

function refuse(reason: string, message: string): Refused {
  return { ok: false, refusal: badRequest(reason, message) }
}

function refuseMedia(reason: string, message: string): Refused {
  return { ok: false, refusal: { code: 'unsupported_media_type', message, reason } }
}

export type BodyResult =
  { readonly ok: true; readonly body: Buffer } | { readonly ok: false; readonly refusal: Refusal }

/** collects the body, counting while it arrives: a declared length is not believed */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<BodyResult> {
  // who left while the token was looked at has had his last event: listening would wait for ever
  if (request.destroyed) return Promise.resolve(clientClosed())
  // nothing is taken of a body that itself says it is too large
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > maxBytes) return Promise.resolve(bodyTooLarge(maxBytes))
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (result: BodyResult): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      // a late error of a request nobody listens to any more would end the process
      request.on('error', () => undefined)
      resolve(result)
    }
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes <= maxBytes) {
        chunks.push(chunk)
        return
      }
      request.pause()
      settle(bodyTooLarge(maxBytes))
    }
    const onEnd = (): void => settle({ ok: true, body: Buffer.concat(chunks) })
    const onGone = (): void => settle(clientClosed())
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}

function clientClosed(): Refused {
  return refuse('client_closed', 'request ended before its body did')
}

export function bodyTooLarge(maxBytes: number): Refused {
  const message = `request body is larger than ${maxBytes} bytes`
  return { ok: false, refusal: { code: 'body_too_large', message, reason: 'body_too_large' } }
}
