import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './call.ts'
import { serviceFailure } from './errors.ts'
import type { HubspotFailure } from './failures.ts'
import { toObject } from './json.ts'

/** an answer ready to be written: the right one, before any failure distorts it */
export interface Reply extends Answer {
  readonly headers?: Readonly<Record<string, string>>
}

/** headers that no client needs and no front should pass on */
const FRONT_END_HEADERS: Readonly<Record<string, string>> = {
  'set-cookie': '__cf_bm=fake-upstream-cookie; path=/; domain=.hubapi.com; HttpOnly',
  'x-hubspot-correlation-id': 'fake-upstream-correlation',
  'x-hubspot-ratelimit-daily-remaining': '249999',
  'x-hubspot-ratelimit-interval-milliseconds': '10000',
  'access-control-allow-credentials': 'false',
}

/** `other`: another record as the request would have shown it, for the failure that answers with one */
export async function writeReply(
  response: ServerResponse,
  reply: Reply,
  failure: HubspotFailure | undefined,
  context: { readonly authorization: string; readonly other: unknown },
): Promise<void> {
  if (failure?.kind === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  if (failure?.kind === 'slow') await sleep(failure.milliseconds, undefined, { ref: false })
  if (failure?.kind === 'not_json') {
    response.writeHead(200, { ...FRONT_END_HEADERS, 'content-type': 'text/html' })
    response.end('<html>HubSpot is busy</html>')
    return
  }
  const { status, json, headers } = failure ? distort(reply, failure, context) : reply
  const body = json === undefined ? '' : JSON.stringify(json)
  response.writeHead(status, {
    ...FRONT_END_HEADERS,
    ...(json !== undefined && { 'content-type': 'application/json;charset=utf-8' }),
    ...headers,
  })
  if (failure?.kind === 'oversized') await writePadding(response, failure.bytes)
  // the padding has opened the object
  response.end(failure?.kind === 'oversized' ? `",${body.slice(1)}` : body)
}

function distort(
  reply: Reply,
  failure: HubspotFailure,
  { authorization, other }: { readonly authorization: string; readonly other: unknown },
): Reply {
  switch (failure.kind) {
    case 'status': {
      const error = serviceFailure(failure.status, failure.category)
      return { status: error.status, json: error.body, headers: error.extra.headers ?? {} }
    }
    case 'redirect':
      return { status: failure.status ?? 302, headers: { location: failure.location } }
    case 'echo_credential':
      return echo(reply, failure.status ?? 500, authorization)
    case 'other_record':
      return { ...reply, json: exchanged(reply.json, other) }
    case 'reset':
    case 'slow':
    case 'not_json':
    case 'oversized':
      return reply
  }
}

function echo(reply: Reply, status: 200 | 400 | 500, authorization: string): Reply {
  const headers = { 'x-debug-authorization': authorization }
  if (status === 200) {
    const json = toObject(reply.json)
    const properties = { ...toObject(json['properties']), firstname: authorization }
    return { ...reply, headers, json: { ...json, properties, debug: { authorization } } }
  }
  const error = serviceFailure(status)
  const message = `This request was refused with Authorization: ${authorization}`
  return { status, headers, json: { ...error.body, message } }
}

function exchanged(json: unknown, other: unknown): unknown {
  const { results, ...rest } = toObject(json)
  if (!Array.isArray(results)) return other
  return { ...rest, results: [other, ...(results.slice(1) as unknown[])] }
}

const PADDING = Buffer.alloc(65_536, 'x')

async function writePadding(response: ServerResponse, bytes: number): Promise<void> {
  response.write('{"padding":"')
  for (let left = bytes; left > 0 && !response.destroyed; left -= PADDING.length) {
    if (!response.write(PADDING.subarray(0, Math.min(left, PADDING.length)))) {
      await drained(response)
    }
  }
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
