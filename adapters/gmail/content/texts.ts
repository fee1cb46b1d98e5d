import type { MailAttachment } from '../mime/read.ts'
import { htmlToText } from './sanitise-html.ts'

/** what will be sent, as far as it can carry words */
export interface Wording {
  readonly text: string | undefined
  /** sanitised */
  readonly html: string | undefined
  readonly attachments: readonly Pick<MailAttachment, 'filename' | 'content'>[]
}

/**
 * Every place of an outgoing mail, beside its subject, where `body.refuse` looks. HTML counts as a reader sees it and with
 * its link targets, which carry words just as well.
 */
export function collectTexts(wording: Wording, names: readonly string[]): string[] {
  const { text, html, attachments } = wording
  return [
    text ?? '',
    html === undefined ? '' : htmlToText(html),
    ...(html === undefined ? [] : findTargets(html)),
    ...names,
    ...attachments.map((attachment) => attachment.filename),
    ...attachments.map(readTextAttachment),
  ].filter((found) => found !== '')
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

/** A type is only a claim: whatever decodes as text without control characters is read as text. */
function readTextAttachment({ content }: Pick<MailAttachment, 'content'>): string {
  const encoding = content[0] === 0xff && content[1] === 0xfe ? 'utf-16le' : 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(content)
    return text.includes('\0') ? '' : text
  } catch {
    return looksLikeLatin1(content) ? content.toString('latin1') : ''
  }
}

/** text in an 8-bit charset: no control octets but white space */
function looksLikeLatin1(content: Buffer): boolean {
  return !content.some(
    (octet) => octet < 0x20 && octet !== 0x09 && octet !== 0x0a && octet !== 0x0d,
  )
}
