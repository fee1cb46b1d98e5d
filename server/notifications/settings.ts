import { z } from 'zod'
import { SecretBytes, SecretText } from '../secret.ts'
import { isThisMachine } from './this-machine.ts'
import { isForbiddenAddress } from './webhook-address.ts'

/** not repeated in any refusal: the value may hold a password */
export const smtpUrl: z.ZodType<SecretText> = z.string().transform((text, context) => {
  const url = URL.parse(text)
  const plain = url !== null && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === ''
  if (plain && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && isDecodable(url)) {
    return new SecretText(text)
  }
  context.addIssue(
    'an address such as smtps://user:password@mail.example:465, or smtp:// with STARTTLS; special characters of the password as %XX',
  )
  return z.NEVER
})

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

/** one mailbox: `name@example.com` or `Name <name@example.com>`; nothing in it can begin another header or recipient */
export const mailFrom: z.ZodType<string> = z
  .string()
  .regex(
    /^(?:[^\p{C}<>"(),:;@\\]{1,80} )?<[^\s\p{C}<>"(),:;@\\]+@[a-z0-9.-]+>$|^[^\s\p{C}<>"(),:;@\\]+@[a-z0-9.-]+$/iu,
    'one address: remit@example.com or Remit <remit@example.com>',
  )

export const webhookUrl: z.ZodType<SecretText> = z.string().transform((text, context) => {
  const url = URL.parse(text)
  if (url !== null && isAllowedTarget(url)) return new SecretText(text)
  context.addIssue(
    'an https URL without user, password and fragment; http only to this machine, and no link-local address',
  )
  return z.NEVER
})

function isAllowedTarget(url: URL): boolean {
  if (url.username !== '' || url.password !== '' || url.hash !== '') return false
  if (isThisMachine(url.hostname)) return /^https?:$/.test(url.protocol)
  if (url.protocol !== 'https:') return false
  const literal = /^\[(.*)\]$/.exec(url.hostname)?.[1] ?? url.hostname
  // an address is not looked up, so it is judged here
  return !/^[\d.]+$|:/.test(literal) || !isForbiddenAddress(literal)
}

export const webhookSecret: z.ZodType<SecretBytes> = z.string().transform((text, context) => {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? ''
  const bytes = Buffer.from(base64, 'base64')
  // the sizes of Standard Webhooks
  if (bytes.length >= 24 && bytes.length <= 64) return new SecretBytes(bytes)
  context.addIssue('whsec_ and 24 to 64 random bytes in base64: `openssl rand -base64 32`')
  return z.NEVER
})
