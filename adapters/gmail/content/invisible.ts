/**
 * Characters that a person does not see and a machine does. Text hidden in them would leave with a mail that looks
 * innocent.
 */
const INVISIBLE = [
  // C0 and C1 controls but tab and newline
  String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f`,
  // soft hyphen, joiners without effect, fillers
  String.raw`\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0`,
  // zero-width, bidirectional controls, invisible operators, byte order mark
  String.raw`\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff`,
  // variation selectors beyond the two of emoji, annotations, musical controls, tags
  String.raw`\ufe00-\ufe0d\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}`,
  // halves of characters, private use
  String.raw`\p{Cs}\p{Co}`,
].join('')

/** in these a joiner is part of the spelling */
const JOINED_SCRIPTS = ['Arabic', 'Bengali', 'Devanagari', 'Malayalam', 'Sinhala', 'Tamil']
  .map((script) => String.raw`\p{Script=${script}}`)
  .join('')
const BEFORE_JOINER = String.raw`\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}${JOINED_SCRIPTS}`
const AFTER_JOINER = String.raw`\p{Extended_Pictographic}${JOINED_SCRIPTS}`

const HIDDEN = new RegExp(`[${INVISIBLE}]`, 'gu')
/** zero-width joiners are part of emoji and of some scripts; anywhere else they are hidden marks */
const STRAY_JOINER = new RegExp(
  `(?<![${BEFORE_JOINER}])[\\u200c\\u200d]|[\\u200c\\u200d](?![${AFTER_JOINER}])`,
  'gu',
)

/** text with `\n` line ends and nothing invisible in it */
export function stripInvisible(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(HIDDEN, '')
    .replace(STRAY_JOINER, '')
}

/** the same for a text of one line: a subject, a file name, a display name */
export function stripLine(text: string): string {
  return stripInvisible(text).replace(/\s+/g, ' ').trim()
}
