import { stripLine } from '../../content/invisible.ts'

/** parts that make a mail client fetch, unpack or send something that the front has not seen as such */
const REFUSED_TYPES = [
  /^message\//,
  /^multipart\//,
  /^text\/(?:calendar|x-vcalendar|x-amp-html|watch-html|enriched|richtext|directory)$/,
  /^application\/(?:ics|ms-tnef|vnd\.ms-tnef|x-tnef|pkcs7-mime|x-pkcs7-mime|pgp-encrypted|mbox)$/,
] as const

/** a lower-case media type that may stand on a part */
export function isSendableType(type: string): boolean {
  const wellFormed = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,80}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}$/.test(type)
  return wellFormed && !REFUSED_TYPES.some((refused) => refused.test(type))
}

/** Outlook's container holds attachments that no reader of parts sees, whatever its type says */
export function isSendableName(filename: string): boolean {
  return !/^winmail\.dat$/i.test(filename)
}

/** a path in a name, or characters that turn `exe.pdf` around, are for fooling people */
export function cleanFilename(filename: string): string {
  const base = stripLine(filename.split(/[/\\]/).pop() ?? '')
  return base === '' ? 'attachment' : base.slice(0, 200).toWellFormed()
}
