import { MAX_SEARCHED, undoEncodings } from './encodings.ts'
import { htmlToText } from './sanitise-html.ts'

/** a file that goes along, as far as it can carry words */
interface Attached {
  readonly filename: string
  readonly content: Buffer
}

/** what will be sent, as far as it can carry words */
export interface Wording {
  readonly text: string | undefined
  /** sanitised */
  readonly html: string | undefined
  readonly attachments: readonly Attached[]
}

/**
 * Every place of an outgoing mail, beside its subject, where `body.refuse` looks. HTML counts as a reader sees it and with
 * its link targets, which carry words just as well; and what is encoded in any of these counts as what it decodes to.
 */
export function collectTexts(wording: Wording, names: readonly string[]): string[] {
  const { text, html, attachments } = wording
  const written = [
    text ?? '',
    html === undefined ? '' : htmlToText(html),
    ...(html === undefined ? [] : findTargets(html)),
    ...names,
    ...attachments.map((attachment) => attachment.filename),
    ...attachments.flatMap(readTextAttachment),
  ].filter((found) => found !== '')
  return [...written, ...written.flatMap(undoEncodings)]
}

function findTargets(html: string): string[] {
  return [...html.matchAll(/ href="([^"]*)"/g)].map((match) => decodePercent(String(match[1])))
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A type is only a claim: whatever decodes as text is read as text, with what a reader does not see of it left out. */
function readTextAttachment({ content }: Attached): string[] {
  const text = decodeText(content)
  const unmarked = text.length > MAX_SEARCHED ? text : text.replace(MARK_UP, '')
  return unmarked === text ? [text] : [text, unmarked]
}

/** of HTML, XML, SVG: a number can be split by tags and comments */
const MARK_UP = /<[a-z!/?][^<>]{0,1000}>/gi

/** empty where the bytes are no text */
export function decodeText(content: Buffer): string {
  try {
    const text = new TextDecoder(encodingOf(content), { fatal: true }).decode(content)
    // also what is left of UTF-16 without its mark
    return text.replaceAll('\0', '')
  } catch {
    return looksLikeLatin1(content) ? content.toString('latin1') : ''
  }
}

function encodingOf(content: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (content[0] === 0xff && content[1] === 0xfe) return 'utf-16le'
  return content[0] === 0xfe && content[1] === 0xff ? 'utf-16be' : 'utf-8'
}

/** one octet in so many may be a control: a compressed file has one in ten, and a single one must not hide a text */
const OCTETS_PER_CONTROL = 50

/** text in an 8-bit charset: hardly any control octets but white space */
function looksLikeLatin1(content: Buffer): boolean {
  let controls = 0
  for (const octet of content) {
    if (octet < 0x20 && octet !== 0x09 && octet !== 0x0a && octet !== 0x0d) controls++
  }
  return controls * OCTETS_PER_CONTROL <= content.length
}
