import type { IncomingMessage } from 'node:http'
import { PageRefusal } from './refusal.ts'

const maxBytes = 128 * 1024
const maxFields = 1_000

/** the fields of a posted form; each at most once, because two values for one question have no one meaning */
export type Form = ReadonlyMap<string, string>

export async function readForm(request: IncomingMessage): Promise<Form> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new PageRefusal(415, 'This form cannot be read', 'Send it from the page itself.')
  }
  return parseForm(await readBody(request))
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export function parseForm(body: Uint8Array): Form {
  const fields = new Map<string, string>()
  const text = decode(body)
  for (const pair of text === '' ? [] : text.split('&', maxFields + 1)) {
    const separator = pair.indexOf('=')
    if (separator === -1 || fields.size === maxFields) throw malformed()
    const name = decodeComponent(pair.slice(0, separator))
    if (fields.has(name)) throw malformed()
    fields.set(name, decodeComponent(pair.slice(separator + 1)))
  }
  return fields
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw malformed(cause)
  }
}

function decodeComponent(text: string): string {
  let decoded: string
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw malformed(cause)
  }
  // PostgreSQL cannot store it and no field here means anything with it
  if (decoded.includes('\0')) throw malformed()
  return decoded
}

function malformed(cause?: unknown): PageRefusal {
  return new PageRefusal(
    400,
    'This form cannot be read',
    'Nothing was changed. Go back, reload the page and try again.',
    {
      cause,
    },
  )
}

function tooLarge(): PageRefusal {
  return new PageRefusal(
    413,
    'This form is too large',
    'Nothing was changed. Shorten what you entered and try again.',
  )
}
