import { addressesIn, subjectOf, type Mailbox, type StoredMessage } from './mailbox.ts'
import { findHeaders } from './mime/headers.ts'
import { isAttachment, leaves, readableText } from './mime/part.ts'

/**
 * Gmail's search, a sensible subset, with its traps: `from:` matches display names too, `a+b` means `a OR b`, a stray
 * parenthesis is forgiven, and how `OR` binds beside an implicit AND is not documented: here a message that matches under
 * either reading is returned. Whoever treats a query as a boundary gets messages that lie outside it.
 */
export type Query = (message: StoredMessage) => boolean

export function parseQuery(q: string, mailbox: Mailbox, now: number): Query {
  return new QueryParser(tokenize(q), mailbox, now).parse()
}

/** spam and trash are searched only when the query names them */
export function searchesEverywhere(q: string): boolean {
  return /\b(?:in|is|label):"?(?:anywhere|spam|trash)/i.test(q)
}

function tokenize(q: string): string[] {
  return (
    q.match(
      /-?[a-z_]+:(?:"[^"]*"|[^\s(){}"]+)|-?[a-z_]+:(?=[({])|-?"[^"]*"|[(){}]|[^\s(){}"]+/gi,
    ) ?? []
  )
}

class QueryParser {
  readonly #tokens: readonly string[]
  readonly #mailbox: Mailbox
  readonly #now: number
  #position = 0

  constructor(tokens: readonly string[], mailbox: Mailbox, now: number) {
    this.#tokens = tokens
    this.#mailbox = mailbox
    this.#now = now
  }

  parse(): Query {
    return this.#list(undefined, '')
  }

  /**
   * The terms up to a closing bracket, or to the end, where a bracket that closes nothing is passed over. `field` is the
   * operator that stands before the bracket.
   */
  #list(closing: ')' | '}' | undefined, field: string): Query {
    const terms: (Query | 'OR')[] = []
    for (; this.#position < this.#tokens.length; this.#position++) {
      const token = this.#tokens[this.#position] ?? ''
      if (token === ')' || token === '}') {
        if (closing !== undefined) break
        continue
      }
      if (/^(OR|\|)$/.test(token)) terms.push('OR')
      else if (token !== 'AND') terms.push(this.#term(token, field))
    }
    if (closing === '}') return anyOf(terms.filter((term) => term !== 'OR'))
    return anyOf([bindLoosely(terms), bindTightly(terms)])
  }

  #term(token: string, field: string): Query {
    if (token.startsWith('-') && token.length > 1) return negate(this.#term(token.slice(1), field))
    if (token === '(' || token === '{') return this.#group(token, field)
    const match = /^([a-z_]+):(.*)$/is.exec(token)
    if (!match) return this.#operator(field, unquote(token))
    const [, name = '', value = ''] = match
    if (value !== '') return this.#operator(name.toLowerCase(), unquote(value))
    const opening = this.#tokens[++this.#position] ?? ''
    return this.#group(opening, name.toLowerCase())
  }

  #group(opening: string, field: string): Query {
    this.#position++
    return this.#list(opening === '{' ? '}' : ')', field)
  }

  #operator(name: string, value: string): Query {
    if (value.includes('+') && /^(from|to|cc|subject)$/.test(name)) {
      return anyOf(value.split('+').map((each) => this.#operator(name, each)))
    }
    const wanted = value.toLowerCase()
    switch (name) {
      case 'from':
      case 'cc':
      case 'bcc':
        return (message) => headerContains(message, name, wanted)
      case 'to':
        return (message) =>
          ['To', 'Cc', 'Bcc'].some((header) => headerContains(message, header, wanted))
      case 'deliveredto':
        return (message) => addressesIn(message, 'Delivered-To').includes(wanted)
      case 'subject':
        return (message) => subjectOf(message).toLowerCase().includes(wanted)
      case 'label':
      case 'in':
      case 'is':
      case 'category':
        return this.#label(name, wanted)
      case 'has':
      case 'filename':
        return attachmentQuery(name, wanted)
      case 'rfc822msgid':
        return (message) =>
          findHeaders(message.root.headers, 'Message-ID').some(
            (id) => id.replace(/[<>]/g, '') === value.replace(/[<>]/g, ''),
          )
      case 'list':
        return (message) => headerContains(message, 'List-Id', wanted)
      case 'larger':
        return (message) => message.raw.length > parseSize(wanted)
      case 'smaller':
        return (message) => message.raw.length < parseSize(wanted)
      case 'newer_than':
      case 'older_than':
      case 'after':
      case 'newer':
      case 'before':
      case 'older':
        return this.#date(name, wanted)
      default:
        return (message) => fullText(message).includes(wanted)
    }
  }

  #label(name: string, wanted: string): Query {
    if (wanted === 'anywhere') return () => true
    if (wanted === 'read') return (message) => !message.labelIds.has('UNREAD')
    const id = name === 'category' ? `CATEGORY_${wanted.toUpperCase()}` : undefined
    const spaced = wanted.replaceAll('-', ' ')
    const label =
      this.#mailbox.findLabel(id ?? wanted) ??
      this.#mailbox.findLabel(ALIASES[wanted] ?? spaced) ??
      this.#mailbox.findLabel(wanted.replaceAll('-', '/'))
    return (message) => label !== undefined && message.labelIds.has(label.id)
  }

  #date(name: string, wanted: string): Query {
    const limit = name.endsWith('_than') ? this.#now - parseAge(wanted) : parseDate(wanted)
    const later = name === 'newer_than' || name === 'after' || name === 'newer'
    return (message) => (later ? message.internalDate >= limit : message.internalDate < limit)
  }
}

const ALIASES: Readonly<Record<string, string>> = { drafts: 'DRAFT', unread: 'UNREAD' }

/** `a b OR c d` read as `(a b) OR (c d)` */
function bindLoosely(terms: readonly (Query | 'OR')[]): Query {
  const alternatives: Query[][] = [[]]
  for (const term of terms) {
    if (term === 'OR') alternatives.push([])
    else alternatives.at(-1)?.push(term)
  }
  return anyOf(alternatives.filter((each) => each.length > 0 || terms.length === 0).map(allOf))
}

/** `a b OR c d` read as `a (b OR c) d` */
function bindTightly(terms: readonly (Query | 'OR')[]): Query {
  const conjuncts: Query[][] = []
  for (const [index, term] of terms.entries()) {
    if (term === 'OR') continue
    if (terms[index - 1] === 'OR' && conjuncts.length > 0) conjuncts.at(-1)?.push(term)
    else conjuncts.push([term])
  }
  return allOf(conjuncts.map(anyOf))
}

function allOf(queries: readonly Query[]): Query {
  return (message) => queries.every((query) => query(message))
}

function anyOf(queries: readonly Query[]): Query {
  return (message) => queries.some((query) => query(message))
}

function negate(query: Query): Query {
  return (message) => !query(message)
}

function headerContains(message: StoredMessage, header: string, wanted: string): boolean {
  return findHeaders(message.root.headers, header).some((value) =>
    value.toLowerCase().includes(wanted),
  )
}

function attachmentQuery(name: string, wanted: string): Query {
  if (name === 'has' && wanted === 'userlabels') {
    return (message) => [...message.labelIds].some((id) => id.startsWith('Label_'))
  }
  if (name === 'has' && wanted !== 'attachment') return () => false
  return (message) =>
    leaves(message.root).some(
      (part) =>
        isAttachment(part) && (name === 'has' || part.filename.toLowerCase().includes(wanted)),
    )
}

function fullText(message: StoredMessage): string {
  const people = ['From', 'To', 'Cc'].flatMap((name) => findHeaders(message.root.headers, name))
  return [subjectOf(message), ...people, readableText(message.root)].join(' ').toLowerCase()
}

function unquote(text: string): string {
  return text.replace(/^"|"$/g, '')
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, d: 86_400, m: 2_592_000, y: 31_536_000 }

function parseAge(text: string): number {
  const match = /^(\d+)([hdmy])$/.exec(text)
  return match ? Number(match[1]) * (UNITS[match[2] ?? 'd'] ?? 0) * 1000 : 0
}

/** a date without a zone begins at midnight in California, not where the mailbox is */
function parseDate(text: string): number {
  if (/^\d{9,}$/.test(text)) return Number(text) * 1000
  const match = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(text)
  if (!match) return 0
  return Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]), 8)
}

function parseSize(text: string): number {
  const match = /^(\d+)([km])?b?$/.exec(text)
  const factor = match?.[2] === 'k' ? 1024 : match?.[2] === 'm' ? 1_048_576 : 1
  return Number(match?.[1] ?? 0) * factor
}
