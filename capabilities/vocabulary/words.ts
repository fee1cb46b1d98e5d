const MAX_QUOTED = 80
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu

/**
 * Somebody else's text inside a sentence of ours: quoted, capped, and without the characters that could end a line, turn the
 * reading direction or hide. The quote sign itself is replaced, so that the text cannot leave its quotes.
 */
export function quote(text: string): string {
  const visible = text
    .toWellFormed()
    .replace(INVISIBLE, '')
    .replaceAll('"', "'")
    .replaceAll('`', "'")
  const characters = Array.from(visible)
  const capped =
    characters.length > MAX_QUOTED ? `${characters.slice(0, MAX_QUOTED - 1).join('')}…` : visible
  return `"${capped}"`
}

/** an identifier of a closed alphabet needs no quotes; anything else gets them */
export function name(text: string): string {
  return /^[A-Za-z0-9_.@+-]{1,128}$/.test(text) ? text : quote(text)
}

/** `a`, `a and b`, `a, b and c` */
export function list(items: readonly string[], conjunction: 'and' | 'or'): string {
  const last = items.at(-1) ?? 'nothing'
  if (items.length < 2) return last
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${last}`
}

export function count(number: number, singular: string, plural: string): string {
  return `${number} ${number === 1 ? singular : plural}`
}
