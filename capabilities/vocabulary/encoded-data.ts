/** as many characters as two lines of a mail: keys, identifiers and checksums that people write to each other are shorter */
const MIN_LENGTH = 128

/** base64 of either alphabet, on one line or on many */
const BASE64_RUN = /[A-Za-z0-9+/_-]{20,}(?:={0,2}\n[A-Za-z0-9+/_-]{20,})*/g
const HEX_RUN = new RegExp(`(?:[0-9a-fA-F]{2}[ \\n:]?){${MIN_LENGTH / 2},}`, 'g')

/** the path of a link has words between its marks; in base64 a mark is one letter in thirty-two */
const LETTERS_PER_MARK = 8

/** a long run of base64 or hex: whatever it holds, nobody reads it before it leaves */
export function hasEncodedData(text: string): boolean {
  const lines = text.replace(/[ \t>]*\r?\n[ \t>]*/g, '\n')
  return (
    (lines.match(BASE64_RUN) ?? []).some(isBase64) ||
    (lines.match(HEX_RUN) ?? []).some((run) => /[0-9]/.test(run) && /[a-fA-F]/.test(run))
  )
}

function isBase64(run: string): boolean {
  const digits = run.replace(/[=\n]+/g, '')
  const marks = digits.replace(/[A-Za-z0-9]+/g, '').length
  return (
    digits.length >= MIN_LENGTH &&
    marks * LETTERS_PER_MARK <= digits.length &&
    [/[A-Z]/, /[a-z]/, /[0-9]/].every((kind) => kind.test(digits))
  )
}
