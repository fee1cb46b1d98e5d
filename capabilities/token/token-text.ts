import { fromBase64Url, toBase64Url } from './bytes.ts'
import { decodeEnvelope, encodeEnvelope, type Envelope } from './envelope.ts'
import { Refused } from './refusal.ts'

/** a token must fit a header, and nothing is decoded before its length is known */
export const MAX_TOKEN_CHARACTERS = 8192

const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/

/** URL-safe base64 without stray bits, padded rightly or not at all; throws `Refused` */
export function readTokenText(text: string): Envelope {
  if (typeof text !== 'string') throw new Refused('malformed', 'a token is a string')
  if (text.length > MAX_TOKEN_CHARACTERS) {
    throw new Refused('too_large', `a token has at most ${MAX_TOKEN_CHARACTERS} characters`)
  }
  if (!BASE64URL.test(text) || (text.endsWith('=') && text.length % 4 !== 0)) {
    throw new Refused('malformed', 'a token is URL-safe base64')
  }
  const bytes = fromBase64Url(text.replace(/=+$/, ''))
  if (bytes === undefined) {
    throw new Refused('malformed', 'a token is URL-safe base64 without stray bits')
  }
  return decodeEnvelope(bytes)
}

export function writeTokenText(envelope: Envelope): string {
  return toBase64Url(encodeEnvelope(envelope))
}
