import type { InnerRequest } from '../../batch.ts'
import { refuseTokenInQuery } from '../../presented-token.ts'
import { badRequest, type Refusal } from '../../refusal.ts'
import { toSnapshot, type SnapshotResult } from '../../snapshot.ts'
import { refuse } from '../mime/unreadable.ts'
import { cutBody } from './body-length.ts'

/** what an inner request may repeat of the request that it stands in */
export interface Outer {
  /** of the front: `https://host` */
  readonly origin: string
  readonly authorization: string | undefined
}

interface Header {
  /** lower case */
  readonly name: string
  readonly value: string
}

/** as Node's for a request of its own */
const MAX_HEAD_BYTES = 16_384
const MAX_TARGET_ON_RECORD = 200

const REQUEST_LINE = /^([A-Z]{1,20}) ([!-~]+)(?: HTTP\/1\.1)?$/
/** RFC 9112 §5; no folding, nothing outside printable ASCII */
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,80}):[ \t]*([\t -~]*)$/

/**
 * One `application/http` part: request line, headers, empty line, body. Lines end in CRLF or LF, as clients mix them; the
 * part ends where the delimiter stands. From there on it is checked by what checks a request of its own.
 */
export function readInnerRequest(content: Buffer, outer: Outer): Omit<InnerRequest, 'contentId'> {
  const { lines, body } = splitHead(content)
  const [, method = '', target = ''] = REQUEST_LINE.exec(lines[0] ?? '') ?? []
  const headers = lines.slice(1).map(readHeader)
  const asked =
    method === ''
      ? refused(badRequest('bad_request_line', 'an inner request begins `METHOD /path HTTP/1.1`'))
      : toInnerSnapshot(method, toOriginForm(target, outer.origin), headers, body, outer)
  const [path = ''] = target.split('?', 1)
  return { method, path: path.slice(0, MAX_TARGET_ON_RECORD), asked }
}

/** the empty line may be left out where nothing follows it: Google's own examples do */
function splitHead(content: Buffer): { lines: readonly string[]; body: Buffer } {
  const lines: string[] = []
  for (let at = 0; at < content.length;) {
    const feed = content.indexOf(0x0a, at)
    const end = feed < 0 ? content.length : feed
    if (end > MAX_HEAD_BYTES) refuse('the head of an inner request is longer than 16 kB')
    const line = content.toString('latin1', at, end).replace(/\r$/, '')
    at = end + 1
    if (line === '') return { lines, body: content.subarray(at) }
    lines.push(line)
  }
  return { lines, body: content.subarray(content.length) }
}

function readHeader(line: string): Header {
  const [, name, value = ''] = HEADER_LINE.exec(line) ?? []
  // where a header ends, and with it the head, is framing
  if (name === undefined) return refuse('a header line of an inner request is not `Name: value`')
  return { name: name.toLowerCase(), value: value.trim() }
}

/** some stock clients (Java's) write the whole address; any other host than this front stays, and is refused as a target */
function toOriginForm(target: string, origin: string): string {
  return target.startsWith(`${origin}/`) ? target.slice(origin.length) : target
}

function toInnerSnapshot(
  method: string,
  target: string,
  headers: readonly Header[],
  content: Buffer,
  outer: Outer,
): SnapshotResult {
  const body = cutBody(content, valuesOf(headers, 'content-length'))
  if (valuesOf(headers, 'transfer-encoding').length > 0) {
    refuse('an inner request has no Transfer-Encoding: its part ends at the delimiter')
  }
  for (const header of headers) {
    const refusal = checkHeader(header, outer)
    if (refusal) return refused(refusal)
  }
  const host = valuesOf(headers, 'host').length === 0 ? ['host', hostOf(outer.origin)] : []
  const taken = toSnapshot(method, target, [
    ...headers.flatMap(({ name, value }) => [name, value]),
    ...host,
  ])
  if (!taken.ok) return taken
  const refusal = refuseTokenInQuery(taken.snapshot) ?? refuseMedia(taken.snapshot.path)
  if (refusal) return refused(refusal)
  const { contentType } = taken.snapshot.headers
  const snapshotHeaders = { authorization: [], dpop: [], contentType, hasBody: body.length > 0 }
  return { ok: true, snapshot: { ...taken.snapshot, headers: snapshotHeaders, body } }
}

/**
 * Google lets what an inner request says of itself go before the request around it. Here the one around it was verified, and
 * nothing inside says anything else: not who calls, not for whom, not in which form.
 */
function checkHeader({ name, value }: Header, outer: Outer): Refusal | undefined {
  switch (name) {
    case 'authorization':
      // stock clients (Python's, Java's) repeat the credential in every part: it says nothing new and is not looked at
      return value === outer.authorization ? undefined : ownCredential
    case 'cookie':
    case 'dpop':
    case 'proxy-authorization':
      return ownCredential
    case 'host':
      return value.toLowerCase() === hostOf(outer.origin) ? undefined : otherHost
    // which client library it is
    case 'x-goog-api-client':
      return undefined
    default:
      return name.startsWith('x-goog-') ? override(name) : undefined
  }
}

const ownCredential: Refusal = {
  code: 'denied',
  message: 'an inner request has no credential of its own: send it with the batch only',
  reason: 'inner_credential',
}

const otherHost: Refusal = badRequest(
  'host',
  'the Host of an inner request can only be the public host of this front',
)

function override(name: string): Refusal {
  const message = `an inner request can not have the header \`${name}\``
  return { code: 'unknown_operation', message, reason: 'inner_override' }
}

/** as at Gmail: a message of its own type does not travel in a batch */
function refuseMedia(path: string): Refusal | undefined {
  if (!/^\/(?:resumable\/)?upload\//.test(path)) return undefined
  const message = 'an upload can not stand in a batch: send the message as `raw`, or alone'
  return { code: 'unknown_operation', message, reason: 'upload_in_batch' }
}

function hostOf(origin: string): string {
  return new URL(origin).host
}

function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter((header) => header.name === name).map(({ value }) => value)
}

function refused(refusal: Refusal): SnapshotResult {
  return { ok: false, refusal }
}
