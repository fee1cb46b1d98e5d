/** a search as it goes upstream, and whether it looks into texts */
export interface SearchTerms {
  readonly q: string
  readonly searchesText: boolean
}

export const ACCEPTED_SEARCH =
  '`q` takes plain words, "quoted phrases" and terms such as from:name or newer_than:7d, with or without `-`, all of which have to match: no OR, AND, AROUND, brackets or braces, and nothing in spam, trash or drafts'

/** a colon in quotes is left out as well: whatever reads the quotes otherwise would see an operator */
const PHRASE = /^"(?=[^"]*[\p{L}\p{N}])[\p{L}\p{M}\p{N} @._,'!?/&#$%-]{1,200}"$/u
const WORD = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}@._'-]*$/u
const OPERATOR = /^(?:OR|AND|NOT|AROUND)$/i
const FIELD = /^([a-z_0-9]+):(.+)$/s
const VALUE = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}@._/-]*$/u
const MESSAGE_ID = /^<?[A-Za-z0-9][A-Za-z0-9@._=$-]*>?$/
/** these bring in what a search leaves out unless it is named, even with `-` */
const OUTSIDE = /^\W*(?:anywhere|spam|trash|bin|drafts?|chats?|all)\W*$/i

const FIELDS = (
  'from to cc subject label in is has category list after before newer older newer_than older_than ' +
  'larger smaller rfc822msgid filename'
).split(' ')
/** the name of an attachment is no header */
const TEXT_FIELDS = ['filename']

/**
 * A conjunction of plain terms, written anew, or undefined. What stands beside it in a question holds for everything that is
 * found: nothing in it can open an alternative, whatever Gmail's precedence is.
 */
export function parseSearch(q: string): SearchTerms | undefined {
  const terms = q.match(/(?:"[^"]*"|[^\s"]|")+/g) ?? []
  let searchesText = false
  for (const term of terms) {
    const kind = kindOf(term.startsWith('-') ? term.slice(1) : term)
    if (kind === undefined) return undefined
    if (kind === 'text') searchesText = true
  }
  return { q: terms.join(' '), searchesText }
}

function kindOf(term: string): 'text' | 'header' | undefined {
  if (PHRASE.test(term) || (WORD.test(term) && !isOperator(term))) return 'text'
  const [, field = '', value = ''] = FIELD.exec(term) ?? []
  if (!FIELDS.includes(field) || isOperator(value)) return undefined
  if (['in', 'is', 'label'].includes(field) && OUTSIDE.test(value)) return undefined
  const isPlain = field === 'rfc822msgid' ? MESSAGE_ID.test(value) : VALUE.test(value)
  if (!isPlain && !PHRASE.test(value)) return undefined
  return TEXT_FIELDS.includes(field) ? 'text' : 'header'
}

/** in any width of letters */
function isOperator(word: string): boolean {
  return OPERATOR.test(word.normalize('NFKC'))
}
