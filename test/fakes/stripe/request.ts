import type { IncomingMessage } from 'node:http'
import { invalid, StripeRefusal } from './errors.ts'

export interface RecordedRequest {
  readonly method: string
  /** as it came: a dot segment that a front forwards must be seen */
  readonly path: string
  readonly query: URLSearchParams
  /** the first of each name; all of them are in `rawHeaders` */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** path and query, byte for byte */
  readonly target: string
  /** names and values in turn, in their order and spelling */
  readonly rawHeaders: readonly string[]
  readonly bytes: Buffer
}

export async function readRequest(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const target = incoming.url ?? '/'
  const [path, query] = split(target)
  const bytes = Buffer.concat(chunks)
  return {
    method: incoming.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: bytes.toString(),
    target,
    rawHeaders: incoming.rawHeaders,
    bytes,
  }
}

function split(target: string): [string, string] {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

/** everything about a request that does not depend on what it asks for; gives the form of its parameters */
export function assertWellFormed(
  request: RecordedRequest,
  apiKey: string,
  connected: readonly string[],
): string {
  const { method, headers, target, bytes } = request
  for (const name of ['authorization', 'idempotency-key', 'stripe-version', 'content-type']) {
    if (count(request, name) > 1) throw invalid(`Send one ${name} header, not several`)
  }
  if (headers['authorization'] !== `Bearer ${apiKey}`) {
    throw new StripeRefusal(401, 'invalid_request_error', undefined, 'Invalid API Key provided')
  }
  const account = headers['stripe-account']
  const isReached = account === undefined || connected.includes(account)
  if (!isReached || headers['stripe-context'] !== undefined) {
    const message = 'The provided key does not have access to that account'
    throw new StripeRefusal(403, 'invalid_request_error', 'account_invalid', message)
  }
  const version = headers['stripe-version']
  if (version !== undefined && !/^\d{4}-\d\d-\d\d(\.[a-z]+)?$/.test(version)) {
    throw invalid(`Invalid Stripe API version: ${version}`)
  }
  if ((headers['idempotency-key'] ?? '').length > 255) {
    throw invalid('Idempotency keys have at most 255 letters', undefined, 'idempotency_key')
  }
  if (method !== 'POST') {
    if (bytes.length > 0) throw invalid(`Send the parameters of a ${method} in the query`)
    return split(target)[1]
  }
  if (target.includes('?')) throw invalid('Send the parameters of a POST in the body')
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim()
  if (bytes.length > 0 && type !== 'application/x-www-form-urlencoded') {
    throw invalid(`Invalid request (check that your POST content type is form-encoded): ${type}`)
  }
  return request.body
}

function count({ rawHeaders }: RecordedRequest, name: string): number {
  return rawHeaders.filter((one, index) => index % 2 === 0 && one.toLowerCase() === name).length
}
