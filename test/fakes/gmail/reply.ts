import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { serviceFailure } from './errors.ts'
import type { Failure } from './failures.ts'
import { toObject } from './json.ts'

/** an answer ready to be written: the right one, before any failure distorts it */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface ReplyOptions {
  readonly gzip: boolean
  readonly failure: Failure | undefined
  /** the Authorization header of the request */
  readonly authorization: string
}

/** headers that no client needs and no front should pass on */
const FRONT_END_HEADERS: Readonly<Record<string, string>> = {
  server: 'ESF',
  'cache-control': 'private',
  'x-xss-protection': '0',
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
  'alt-svc': 'h3=":443"; ma=2592000',
  'set-cookie': 'NID=511=fake-upstream-cookie; path=/; HttpOnly',
}

export function jsonReply(
  status: number,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body =
    json === undefined ? Buffer.alloc(0) : Buffer.from(`${JSON.stringify(json, null, 2)}\n`)
  return {
    status,
    headers: {
      ...(json !== undefined && { 'content-type': 'application/json; charset=UTF-8' }),
      ...headers,
    },
    body,
  }
}

export async function writeReply(
  response: ServerResponse,
  reply: Reply,
  options: ReplyOptions,
): Promise<void> {
  const { failure } = options
  if (failure?.kind === 'hang') return
  if (failure?.kind === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  if (failure?.kind === 'delay') await sleep(failure.milliseconds)
  const distorted = failure ? distort(reply, failure, options.authorization) : reply
  const compressed = options.gzip && distorted.body.length > 0 && !failure
  const body = compressed ? gzipSync(distorted.body) : distorted.body
  const headers = {
    ...FRONT_END_HEADERS,
    vary: 'Origin, X-Origin, Referer',
    date: new Date().toUTCString(),
    ...distorted.headers,
    ...(compressed && { 'content-encoding': 'gzip' }),
  }
  if (failure?.kind === 'oversized')
    await writeOversized(response, distorted, headers, failure.bytes)
  else if (failure?.kind === 'slow_body') await writeSlowly(response, distorted, headers, failure)
  else if (failure?.kind === 'cut_body') {
    response.writeHead(distorted.status, { ...headers, 'content-length': body.length })
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () =>
      response.socket?.resetAndDestroy(),
    )
  } else {
    // 204 has no length
    const length =
      body.length > 0 || distorted.status !== 204 ? { 'content-length': body.length } : {}
    response.writeHead(distorted.status, { ...headers, ...length })
    response.end(body)
  }
}

function distort(reply: Reply, failure: Failure, authorization: string): Reply {
  switch (failure.kind) {
    case 'status': {
      const error = serviceFailure(failure.status)
      return jsonReply(error.status, error.body, error.headers)
    }
    case 'redirect':
      return {
        status: failure.status ?? 302,
        headers: { location: failure.location, 'content-type': 'text/html; charset=UTF-8' },
        body: Buffer.from(`<HTML><A HREF="${failure.location}">here</A></HTML>`),
      }
    case 'truncated_json':
      return { ...reply, body: reply.body.subarray(0, Math.floor(reply.body.length / 2)) }
    case 'invalid_json':
      return { ...reply, body: Buffer.from(`)]}'\n${reply.body.toString()}`) }
    case 'content_type':
      return { ...reply, headers: { ...reply.headers, 'content-type': failure.contentType } }
    case 'echo_credential':
      return echo(reply, failure, authorization)
    case 'hang':
    case 'reset':
    case 'delay':
    case 'oversized':
    case 'cut_body':
    case 'slow_body':
      return reply
  }
}

function echo(
  reply: Reply,
  failure: Extract<Failure, { kind: 'echo_credential' }>,
  authorization: string,
): Reply {
  const status = failure.status ?? 500
  const echoed = jsonReply(status, echoedJson(reply, status, authorization))
  const body = failure.escaped
    ? Buffer.from(echoed.body.toString().replaceAll(authorization, escapeJson(authorization)))
    : echoed.body
  const headers = failure.escaped ? {} : { 'x-debug-authorization': authorization }
  return { ...echoed, headers: { ...echoed.headers, ...headers }, body }
}

function echoedJson(reply: Reply, status: number, authorization: string): unknown {
  if (status < 400) {
    const json = toObject(JSON.parse(reply.body.toString() || '{}') as unknown)
    return { ...json, snippet: authorization, debug: { authorization } }
  }
  const message = `backend rejected request with headers authorization: ${authorization}`
  return { error: { code: status, message, errors: [{ message, reason: 'backendError' }] } }
}

function escapeJson(text: string): string {
  return text.replace(/[^]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const PADDING = Buffer.alloc(65_536, 'x')

async function writeOversized(
  response: ServerResponse,
  reply: Reply,
  headers: Readonly<Record<string, string>>,
  bytes: number,
): Promise<void> {
  response.writeHead(reply.status, headers)
  response.write('{"padding":"')
  for (let left = bytes; left > 0 && !response.destroyed; left -= PADDING.length) {
    if (!response.write(PADDING.subarray(0, Math.min(left, PADDING.length)))) {
      await drained(response)
    }
  }
  response.end(`",${reply.body.toString().trimStart().slice(1)}`)
}

async function writeSlowly(
  response: ServerResponse,
  reply: Reply,
  headers: Readonly<Record<string, string>>,
  pace: { readonly chunkBytes: number; readonly pauseMilliseconds: number },
): Promise<void> {
  response.writeHead(reply.status, { ...headers, 'content-length': reply.body.length })
  for (
    let offset = 0;
    offset < reply.body.length && !response.destroyed;
    offset += pace.chunkBytes
  ) {
    response.write(reply.body.subarray(offset, offset + pace.chunkBytes))
    await sleep(pace.pauseMilliseconds)
  }
  response.end()
}

/** the client takes more, or has left */
async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
