import { decodeWords } from 'postal-mime'
import { normaliseAddress } from '../../../capabilities/index.ts'
import { stripLine } from '../../content/invisible.ts'
import { refuse } from './unreadable.ts'

export interface Mailbox {
  /** decoded, for people to read; never part of a decision about who receives the mail */
  readonly name: string | undefined
  /** normalised addr-spec */
  readonly address: string
}

/**
 * A token of RFC 5322 §3.4 as far as stock clients write it. Comments, groups, routes, domain literals, quoted local
 * parts and every separator but the comma have no token here: parsers disagree on whom they name.
 */
const TOKEN =
  /([ \t]+)|"((?:[^"\\]|\\["\\])*)"|<([^<>"\\ \t]*)>|([A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.@\p{L}\p{M}\p{N}]+)|(,)/uy

type Token =
  { readonly type: 'word' | 'angle' | 'atom'; readonly text: string } | { readonly type: 'comma' }

/** the mailboxes of a To or Cc header; an empty header names nobody */
export function readAddressList(header: string, value: string): Mailbox[] {
  if (value.trim() === '') return []
  return splitAtCommas(tokenise(header, value)).map((tokens) => readMailbox(header, tokens))
}

function tokenise(header: string, value: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < value.length) {
    const match = TOKEN.exec(value)
    if (match === null) refuse(`${header} is not a list of \`name <address>\` separated by commas`)
    const [, , quoted, angle, atom, comma] = match
    if (quoted !== undefined) tokens.push({ type: 'word', text: quoted.replace(/\\(.)/g, '$1') })
    if (angle !== undefined) tokens.push({ type: 'angle', text: angle })
    if (atom !== undefined) tokens.push({ type: 'atom', text: atom })
    if (comma !== undefined) tokens.push({ type: 'comma' })
  }
  return tokens
}

type MailboxToken = Exclude<Token, { type: 'comma' }>

function splitAtCommas(tokens: readonly Token[]): MailboxToken[][] {
  const groups: MailboxToken[][] = [[]]
  for (const token of tokens) {
    if (token.type === 'comma') groups.push([])
    else groups.at(-1)?.push(token)
  }
  return groups
}

function readMailbox(header: string, tokens: readonly MailboxToken[]): Mailbox {
  const last = tokens.at(-1)
  if (last === undefined) refuse(`${header} has an empty place between commas`)
  const phrase = tokens.slice(0, -1)
  if (phrase.length === 0 && last.type === 'atom') {
    return { name: undefined, address: readAddress(header, last.text) }
  }
  if (
    last.type !== 'angle' ||
    phrase.some((token) => token.type === 'angle' || isAddressLike(token))
  ) {
    refuse(`${header} is not a list of \`name <address>\` separated by commas`)
  }
  return { name: readName(phrase), address: readAddress(header, last.text) }
}

/** `alice@c.test <eve@evil.test>` names alice to one parser and eve to another */
function isAddressLike(token: MailboxToken): boolean {
  return token.type === 'atom' && token.text.includes('@')
}

function readAddress(header: string, text: string): string {
  // a look-alike letter can only come as `xn--`, which is what the decision then sees
  const address = /^[!-~]+$/.test(text) ? normaliseAddress(text) : undefined
  if (address === undefined)
    refuse(`${header} holds \`${text.slice(0, 80)}\`, which is not a plain address`)
  return address
}

function readName(phrase: readonly MailboxToken[]): string | undefined {
  const name = stripLine(decodeWords(phrase.map((token) => token.text).join(' ')))
  return name === '' ? undefined : name
}
