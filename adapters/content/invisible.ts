/**
 * Characters that a person does not see and a machine does. Text hidden in them would leave with a mail that looks
 * innocent.
 */
const INVISIBLE = [
  // C0 and C1 controls but tab and newline
  String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f`,
  // line and paragraph separator, bidirectional embeddings, annotations
  String.raw`\u2028-\u202e\ufff0-\ufffb`,
  // halves of characters, private use
  String.raw`\p{Cs}\p{Co}`,
].join('')

/**
 * What Unicode lets go undrawn: zero-width and bidirectional characters, fillers, invisible operators, variation selectors,
 * tags; also those that it has not given out yet.
 */
const UNDRAWN = String.raw`\p{Default_Ignorable_Code_Point}`
/** of these some are part of what is seen: the joiners and the two selectors of emoji */
const SOMETIMES_SEEN = String.raw`\u200c\u200d\ufe0e\ufe0f`

/** in these a joiner is part of the spelling */
const JOINED_SCRIPTS = ['Arabic', 'Bengali', 'Devanagari', 'Malayalam', 'Sinhala', 'Tamil']
  .map((script) => String.raw`\p{Script=${script}}`)
  .join('')
const BEFORE_JOINER = String.raw`\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}${JOINED_SCRIPTS}`
const AFTER_JOINER = String.raw`\p{Extended_Pictographic}${JOINED_SCRIPTS}`

const HIDDEN = new RegExp(`[${INVISIBLE}]|(?![${SOMETIMES_SEEN}])${UNDRAWN}`, 'gu')
/** text or picture: said of a pictograph, a digit or a sign, once */
const STRAY_SELECTOR = /(?<![\p{Extended_Pictographic}0-9#*])[\ufe0e\ufe0f]/gu
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
    .replace(STRAY_SELECTOR, '')
    .replace(STRAY_JOINER, '')
}

/** the same for a text of one line: a subject, a file name, a display name */
export function stripLine(text: string): string {
  return stripInvisible(text).replace(/\s+/g, ' ').trim()
}
