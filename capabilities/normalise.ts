import { decodePunycode } from './punycode.ts'

const MAX_ADDRESS = 254
const MAX_LOCAL_PART = 64
const MAX_DOMAIN = 253

/**
 * RFC 5321 dot-atom without `%`, `!` and `/`, which old routers read as routes. An encoded-word (`=?…?=`) is refused apart:
 * some readers decode it, and then the address is another one.
 */
const LOCAL_PART = /^[A-Za-z0-9#$&'*+=?^_`{|}~-]+(?:\.[A-Za-z0-9#$&'*+=?^_`{|}~-]+)*$/
const ASCII_DOMAIN_INPUT = /^[A-Za-z0-9.-]+$/
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\s]/u
/** controls except white space, and format characters: zero-width, bidi overrides, soft hyphens, tags */
const UNPRINTABLE = /[^\P{Cc}\s]|\p{Cf}|\p{Cs}/gu

/**
 * A domain as A-labels, lower case, or undefined when it is not a plain dotted name. The strict reading keeps two parties from
 * seeing two domains: no percent-encoding, no address literals, no trailing dot, no single label, nothing invisible.
 * Look-alike letters stay what they are: `аcme.com` with a Cyrillic `а` becomes `xn--cme-5cd.com`.
 *
 * @example
 * normaliseDomain('Bücher.example') // 'xn--bcher-kva.example'
 * normaliseDomain('acme.com.')      // undefined
 */
export function normaliseDomain(domain: string): string | undefined {
  if (domain.length > MAX_DOMAIN || INVISIBLE.test(domain)) return undefined
  const ascii = ASCII_DOMAIN_INPUT.test(domain) ? domain.toLowerCase() : toAscii(domain)
  return ascii !== undefined && isDottedName(ascii) ? ascii : undefined
}

function toAscii(domain: string): string | undefined {
  const composed = domain.normalize('NFKC')
  // the URL host parser decodes percent signs and accepts delimiters: leave it nothing but letters, digits and marks
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(composed)) return undefined
  return encodeDomain(composed)
}

/** the URL host parser is the IDNA (UTS #46) that Node and browsers have in common */
function encodeDomain(domain: string): string | undefined {
  return URL.parse(`ws://${domain}`)?.hostname
}

function isDottedName(domain: string): boolean {
  const labels = domain.split('.')
  const topLevel = labels.at(-1) ?? ''
  return (
    domain.length <= MAX_DOMAIN &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    // an all-numeric last label would be an IPv4 address to a URL parser
    !/^[0-9]+$/.test(topLevel) &&
    !topLevel.startsWith('0x') &&
    isValidIdna(labels, domain)
  )
}

/** an A-label that does not decode, or decodes to something that encodes differently, has no one meaning */
function isValidIdna(labels: readonly string[], domain: string): boolean {
  if (!labels.some((label) => label.startsWith('xn--'))) return true
  const unicode = labels.map((label) =>
    label.startsWith('xn--') ? decodePunycode(label.slice(4)) : label,
  )
  return !unicode.includes(undefined) && encodeDomain(unicode.join('.')) === domain
}

/**
 * An addr-spec in the one form that grants, facts and mails are compared in, or undefined when it is not a plain
 * `local@domain`. Nothing is guessed: quoted local parts, comments, routes, domain literals and display names are refused,
 * tags (`+…`) and dots are kept.
 *
 * @example
 * normaliseAddress('Bob.Smith+Orders@ACME.com') // 'bob.smith+orders@acme.com'
 * normaliseAddress('"bob"@acme.com')            // undefined
 */
export function normaliseAddress(address: string): string | undefined {
  if (address.length > MAX_ADDRESS) return undefined
  const at = address.indexOf('@')
  if (at < 1 || at > MAX_LOCAL_PART) return undefined
  // before any Unicode mapping, case included: a full-width `ａ` or a Kelvin sign would otherwise turn into the ASCII letter
  const written = address.slice(0, at)
  if (!LOCAL_PART.test(written) || written.includes('=?')) return undefined
  const local = written.toLowerCase()
  const domain = normaliseDomain(address.slice(at + 1))
  if (domain === undefined) return undefined
  const normalised = `${local}@${domain}`
  return normalised.length <= MAX_ADDRESS ? normalised : undefined
}

/**
 * Text in the one form in which it is compared: NFKC, lower case, invisible characters removed, white space collapsed.
 *
 * @example
 * normaliseText('  Ｏｒｄｅｒ\r\n 12 ') // 'order 12'
 */
export function normaliseText(text: string): string {
  const printable = text.toWellFormed().normalize('NFKC').replace(UNPRINTABLE, '')
  // twice composed: lower case can leave letters that compose again
  return printable.toLowerCase().normalize('NFKC').replace(/\s+/g, ' ').trim()
}
