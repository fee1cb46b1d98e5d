/** longer texts are not searched, and so refused where something is: see `body.refuse` */
export const MAX_SEARCHED = 1_000_000
/** bytes that are no text rarely look like so much of it */
const MIN_STRETCH = 12
const STRETCH = new RegExp(`[\\t\\n\\r -~\\u00a0-\\ufffc]{${MIN_STRETCH},}`, 'g')

/**
 * What a text says besides, to whoever undoes the encodings in it: escapes, base64, hex, and base64 of those. They are the ways
 * in which programs write things down; what people agree on, no front can know.
 */
export function undoEncodings(text: string): string[] {
  const once = undoOnce(text)
  return [...once, ...once.flatMap(undoOnce)]
}

function undoOnce(text: string): string[] {
  if (text.length > MAX_SEARCHED) return []
  return [...undoEscapes(text), ...undoBase64(text), ...undoHex(text)]
}

const ESCAPE = /(?:[%=]|\\x|\\u00)([0-9a-f]{2})|&#x0{0,6}([0-9a-f]{1,6});?|&#0{0,6}([0-9]{1,7});?/gi

/** of URLs, quoted-printable, JSON, HTML */
function undoEscapes(text: string): string[] {
  const undone = text.replace(ESCAPE, (escape, octet?: string, hex?: string, decimal?: string) => {
    const code = decimal === undefined ? Number.parseInt(octet ?? hex ?? '', 16) : Number(decimal)
    // `?x=ab` in a link is no escape
    return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : escape
  })
  return undone === text ? [] : [undone]
}

/**
 * Everything outside the alphabet is passed over, as decoders do: so neither line ends nor marks between the digits hide
 * anything. Where in a group of four the encoded text begins is not known: all four are tried.
 */
function undoBase64(text: string): string[] {
  const digits = text.replace(/[^A-Za-z0-9+/_-]+/g, '')
  return [0, 1, 2, 3].flatMap((start) => stretchesOf(Buffer.from(digits.slice(start), 'base64')))
}

const HEX = new RegExp(`(?:[0-9a-f]{2}[\\s:,-]?){${MIN_STRETCH},}`, 'gi')

function undoHex(text: string): string[] {
  return (text.match(HEX) ?? []).flatMap((run) => {
    const digits = run.replace(/[^0-9a-f]+/gi, '')
    return [0, 1].flatMap((start) => stretchesOf(Buffer.from(digits.slice(start), 'hex')))
  })
}

function stretchesOf(octets: Buffer): string[] {
  return octets.toString('utf8').match(STRETCH) ?? []
}
