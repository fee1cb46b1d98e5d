import type { BatchReading, InnerRequest } from '../../batch.ts'
import { badRequest, type Refusal } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { findLineEnd, readEntity, type Entity } from '../mime/header-block.ts'
import { readParameterised, splitMultipart, UnreadableMail } from '../mime/index.ts'
import { refuse } from '../mime/unreadable.ts'
import { decodeQuery, NO_PARAMETERS } from '../parameters.ts'
import { cutBody } from './body-length.ts'
import { readInnerRequest, type Outer } from './inner-request.ts'

/** Gmail takes 100 and advises 50 */
const MAX_REQUESTS = 50

/** RFC 2046 §5.1.1 */
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/

/** what the parts of stock clients carry; anything else would be there for another parser than this one */
const PART_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-transfer-encoding',
  'content-id',
  'content-length',
  'mime-version',
])

export function readBatch(batch: Snapshot, origin: string): BatchReading {
  const query = decodeQuery(batch, NO_PARAMETERS)
  if (!query.ok) return query
  try {
    const boundary = readBoundary(batch)
    if (boundary === undefined) return { ok: false, refusal: wrongMedia }
    const outer = { origin, authorization: batch.headers.authorization[0] }
    const parts = splitMultipart(batch.body, boundary)
    assertNothingAround(batch.body, parts, boundary)
    return { ok: true, requests: readParts(parts, outer) }
  } catch (error) {
    if (!(error instanceof UnreadableMail)) throw error
    return { ok: false, refusal: badRequest('bad_batch', error.message) }
  }
}

const wrongMedia: Refusal = {
  code: 'unsupported_media_type',
  message: 'a batch is multipart/mixed with a boundary',
  reason: 'unsupported_media_type',
}

function readBoundary({ headers }: Snapshot): string | undefined {
  const [value, ...others] = headers.contentType
  if (value === undefined || others.length > 0) return undefined
  const type = readParameterised('Content-Type', value)
  const boundary = type.parameters.get('boundary') ?? ''
  return type.value === 'multipart/mixed' && BOUNDARY.test(boundary) ? boundary : undefined
}

/** what stands before the first delimiter or behind the last is a request to some parsers only; no stock client writes any */
function assertNothingAround(body: Buffer, parts: readonly Buffer[], boundary: string): void {
  const start = parts[0]?.byteOffset ?? 0
  const last = parts.at(-1)
  const end = (last?.byteOffset ?? 0) + (last?.length ?? 0)
  const before = body.toString('latin1', 0, start - body.byteOffset)
  const behind = body.toString('latin1', end - body.byteOffset)
  if (trimLines(before) !== `--${boundary}` || trimLines(behind) !== `--${boundary}--`) {
    refuse('a batch begins and ends with its boundary')
  }
}

function trimLines(text: string): string {
  return text.replace(/^[\r\n]+/, '').replace(/[ \t\r\n]+$/, '')
}

function readParts(parts: readonly Buffer[], outer: Outer): InnerRequest[] {
  if (parts.length > MAX_REQUESTS) refuse(`a batch holds at most ${MAX_REQUESTS} requests`)
  const ids = new Set<string>()
  return parts.map((part) => {
    const entity = readEntity(part, findLineEnd(part))
    const headers = readPartHeaders(entity)
    const contentId = readContentId(headers)
    if (contentId !== undefined) {
      // which of the two an answer belongs to would be a guess
      if (ids.has(contentId)) refuse('two parts of the batch have the same Content-ID')
      ids.add(contentId)
    }
    const length = headers.get('content-length')
    const content = cutBody(entity.body, length === undefined ? [] : [length])
    return { contentId, ...readInnerRequest(content, outer) }
  })
}

function readPartHeaders({ fields }: Entity): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const { name, value } of fields) {
    if (!PART_HEADERS.has(name)) refuse(`a part of a batch has no header \`${name}\``)
    if (headers.has(name)) refuse(`a part of the batch has the header ${name} twice`)
    headers.set(name, value)
  }
  const type = readParameterised('Content-Type', headers.get('content-type') ?? 'none')
  if (type.value !== 'application/http') refuse('every part of a batch is application/http')
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary'
  if (!['7bit', '8bit', 'binary'].includes(encoding)) refuse('a part of a batch is not encoded')
  return headers
}

function readContentId(headers: ReadonlyMap<string, string>): string | undefined {
  const id = headers.get('content-id')
  if (id !== undefined && !/^[!-~][ -~]{0,198}[!-~]$|^[!-~]$/.test(id)) {
    refuse('a Content-ID is at most 200 printable characters')
  }
  return id
}
