/**
 * The words of somebody's HTML, skimmed once from the front to the back: what a program that shows it, or hands it to an agent,
 * makes of it. Only for telling words again, never for deciding what is safe.
 */
export function skimMarkUp(html: string): string {
  const words: string[] = []
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    if (open === -1) break
    words.push(html.slice(at, open))
    const end = endOfMark(html, open)
    // a `<` that opens nothing is text
    if (end === -1) words.push('<')
    at = end === -1 ? open + 1 : end
  }
  words.push(html.slice(at))
  return words.join('').replace(CHARACTER, toCharacter)
}

const MARK = /<(?:!--|(style|script)\b|[a-z!/?])/iy

/** behind the tag or comment that begins here; behind the whole of what is never shown */
function endOfMark(html: string, open: number): number {
  MARK.lastIndex = open
  const mark = MARK.exec(html)
  if (mark === null) return -1
  if (mark[0] === '<!--') return behind(html, '-->', open + 4) ?? behind(html, '>', open) ?? -1
  const tag = behind(html, '>', open)
  if (tag === undefined) return -1
  const name = mark[1]
  return (name === undefined ? undefined : behindClosing(html, name, tag)) ?? tag
}

function behind(html: string, what: string, from: number): number | undefined {
  const found = html.indexOf(what, from)
  return found === -1 ? undefined : found + what.length
}

/** as far as a style sheet goes: one that never ends must not be looked for from every tag */
const MAX_UNSHOWN = 100_000

function behindClosing(html: string, name: string, from: number): number | undefined {
  const rest = html.slice(from, from + MAX_UNSHOWN)
  const found = rest.search(name.toLowerCase() === 'style' ? /<\/style\b/i : /<\/script\b/i)
  return found === -1 ? undefined : behind(html, '>', from + found)
}

const CHARACTER = /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z][a-z0-9]{1,31}));?/gi
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  szlig: 'ß',
  aelig: 'æ',
  oelig: 'œ',
  oslash: 'ø',
  eth: 'ð',
  thorn: 'þ',
}

/** accents do not count, and what else has a name is no letter */
function toCharacter(whole: string, hex?: string, decimal?: string, name?: string): string {
  if (name !== undefined) {
    const [, letter] = /^([a-z])(?:acute|grave|circ|uml|tilde|cedil|ring|caron)$/i.exec(name) ?? []
    // without a name that is known and a semicolon it is text: `?a=1&copy=2`
    return letter ?? NAMED[name.toLowerCase()] ?? (whole.endsWith(';') ? ' ' : whole)
  }
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' '
}
