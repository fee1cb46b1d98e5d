import { refuse } from './unreadable.ts'

/** Gmail takes messages up to 25 MB */
export const MAX_MESSAGE_BYTES: number = 25 * 1024 * 1024

/**
 * The bytes of a `raw` field. RFC 4648 §5 with or without padding, and only its canonical form: decoders differ on
 * white space, on the other alphabet and on leftover bits, and one text must mean one message.
 */
export function decodeRaw(raw: string): Buffer {
  const digits = raw.replace(/={1,2}$/, '')
  const padded = digits.length !== raw.length
  if (!/^[A-Za-z0-9_-]+$/.test(digits))
    refuse('raw is not base64url (RFC 4648 §5): encode the whole message with it')
  if (padded && raw.length % 4 !== 0) refuse('raw has wrong base64url padding')
  if (digits.length % 4 === 1) refuse('raw is cut off: its base64url length is impossible')
  if (digits.length > (MAX_MESSAGE_BYTES * 4) / 3 + 4) refuse(TOO_LARGE)
  const bytes = Buffer.from(digits, 'base64url')
  const tail = digits.length % 4 === 0 ? '' : digits.slice(-(digits.length % 4))
  if (Buffer.from(tail, 'base64url').toString('base64url') !== tail) {
    refuse('raw has leftover bits at its end: encode the message again')
  }
  return bytes
}

export const TOO_LARGE = 'the message is larger than 25 MB: send less'
