/**
 * The words of somebody's HTML, skimmed once from the front to the back: what a program that shows it, or hands it to an agent,
 * makes of it. Only for telling words again, never for deciding what is safe.
 */
export function skimMarkUp(html: string): string {
  const find = finderIn(html)
  const words: string[] = []
  let at = 0
  for (;;) {
    const open = html.indexOf('<', at)
    if (open === -1) break
    words.push(html.slice(at, open))
    const end = endOfMark(html, open, find)
    // a `<` that opens nothing is text
    if (end === undefined) words.push('<')
    at = end ?? open + 1
  }
  words.push(html.slice(at))
  return words.join('').replace(CHARACTER, toCharacter)
}

/** a text as it stands, and without its mark-up if it may have some: nobody says which it is */
export function readBothWays(text: string): string[] {
  return /[<&]/.test(text) ? [text, skimMarkUp(text)] : [text]
}

const MARK = /<(?:!--|(style|script)\b|[a-z!/?])/iy
const ENDS = { tag: />/g, comment: /-->/g, style: /<\/style\b/gi, script: /<\/script\b/gi }
type End = keyof typeof ENDS

/** where the next one ends. What is not there any more is not looked for again: a text of nothing but openings is read once too */
type Find = (what: End, from: number) => number | undefined

function finderIn(html: string): Find {
  const missing = new Set<End>()
  return (what, from) => {
    if (missing.has(what)) return undefined
    const end = ENDS[what]
    end.lastIndex = from
    if (end.test(html)) return end.lastIndex
    missing.add(what)
    return undefined
  }
}

/** behind the tag or comment that begins here; behind the whole of what is never shown */
function endOfMark(html: string, open: number, find: Find): number | undefined {
  MARK.lastIndex = open
  const mark = MARK.exec(html)
  if (mark === null) return undefined
  if (mark[0] === '<!--') return find('comment', open + 4) ?? find('tag', open)
  const tag = find('tag', open)
  if (tag === undefined || mark[1] === undefined) return tag
  const closing = find(mark[1].toLowerCase() === 'style' ? 'style' : 'script', tag)
  return closing === undefined ? tag : find('tag', closing)
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
