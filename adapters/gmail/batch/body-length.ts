import { refuse } from '../mime/unreadable.ts'

/** line ends that clients leave before the next delimiter */
const MAX_LEFT_OVER = 4

/**
 * The content between two delimiters, held against the length it gives itself. A parser that goes by length and one that goes
 * by delimiters would otherwise see different requests: that is no matter of one part.
 */
export function cutBody(content: Buffer, lengths: readonly string[]): Buffer {
  const [length, ...others] = lengths
  if (length === undefined) return isLeftOver(content) ? content.subarray(0, 0) : content
  if (others.length > 0 || !/^\d{1,9}$/.test(length)) refuse('a Content-Length is one number')
  const bytes = Number(length)
  if (bytes > content.length || !isLeftOver(content.subarray(bytes))) {
    refuse('a Content-Length in the batch is not the length of what stands between the delimiters')
  }
  return content.subarray(0, bytes)
}

function isLeftOver(rest: Buffer): boolean {
  return rest.length <= MAX_LEFT_OVER && /^[\r\n]*$/.test(rest.toString('latin1'))
}
