/**
 * What an agent says about itself is bait until somebody has checked it. It may not look like our own words
 * (bidirectional and zero-width characters reorder or hide text), nor fill the page.
 */
// Cc controls, Cf formats (bidi, zero width, soft hyphen), Cs lone surrogates, Co private use, Cn unassigned, Zl and Zp
// separators, DI what fonts draw nothing for (tags, variation selectors, Hangul fillers), and the braille blank
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u2800]/gu
// more than two marks on one letter climb over the lines above and below
const stackedMarks = /(\p{M}{2})\p{M}+/gu

export function toAgentText(text: unknown, maxLength = 80): string {
  if (typeof text !== 'string') return ''
  // the cap comes first too: an agent must not buy time with a megabyte
  const printable = text
    .slice(0, maxLength * 20)
    .normalize('NFKC')
    .replaceAll(unprintable, ' ')
    .replaceAll(stackedMarks, '$1')
    .replaceAll(/\s+/gu, ' ')
    .trim()
  const letters = Array.from(printable)
  return letters.length > maxLength ? `${letters.slice(0, maxLength - 1).join('')}…` : printable
}
