const FILLING = /[^\p{L}\p{N}]+/gu

/**
 * Lower-case text in which a short run of spaces, separators and invisible characters is one `-` and a longer one is one space:
 * patterns over it need no Unicode classes. Repeated inside a pattern those classes take seconds to compile, and the first
 * mail outside Latin-1 would pay for it.
 */
export function condense(text: string, maxGap: number): string {
  return text
    .toWellFormed()
    .normalize('NFKC')
    .toLowerCase()
    .replace(FILLING, (gap) => (gap.length <= maxGap ? '-' : ' '))
}
