import { z } from 'zod'
import type { Predicate } from '../token/syntax.ts'
import { normaliseText } from '../normalise.ts'
import { contentOf, contentWord, mailOf } from './action-parts.ts'
import { constraint, type Answer, type Constraint } from './constraint.ts'
import type { Action } from './action.ts'
import { listOf } from './lists.ts'
import { findRefused, isPreset, PRESET_WORDS, squeeze } from './refused-content.ts'
import { binary, constantsOf, fact, predicate, stringSet, stringsOf, variable } from './terms.ts'
import { list, quote } from './words.ts'

/** shorter ones would refuse nearly every mail */
const MIN_LITERAL = 3

const itemSchema: z.ZodType<string, string> = z
  .string()
  .max(256)
  .transform((text, context) => {
    const item = text.isWellFormed() ? normaliseText(text) : ''
    if (isPreset(item) || (squeeze(item).length >= MIN_LITERAL && !looksLikePreset(item)))
      return item
    context.addIssue({
      code: 'custom',
      message: looksLikePreset(item)
        ? `no such preset: use one of ${Object.keys(PRESET_WORDS).join(', ')}, or write a literal with spaces`
        : `a literal needs at least ${MIN_LITERAL} letters or digits`,
    })
    return z.NEVER
  })

/** a mistyped preset must not turn into a literal that nobody will ever write */
function looksLikePreset(item: string): boolean {
  return /^[a-z]+(?:_[a-z]+)+$/.test(item)
}

export const bodyRefuseSchema: z.ZodType<readonly string[], string[]> = listOf(itemSchema)

/** `body_found({asked…}, {found…})`: the front searches for what the token asks about, the check wants nothing found */
export const bodyRefuse: Constraint = constraint<readonly string[]>({
  name: 'body.refuse',
  predicate: 'body_found',
  get: (conditions) => conditions.body?.refuse,
  set: (conditions, value) => ({ ...conditions, body: { ...conditions.body, refuse: value } }),
  caveat: (value) => {
    const found = variable('found')
    return {
      predicates: [predicate('body_found', stringSet(value), found)],
      expressions: [binary(stringSet([]), 'contains', found)],
    }
  },
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) => foundIn(value, action)?.length === 0,
  subsumes: (wider, narrower) => wider.every((item) => narrower.includes(item)),
  phrase: (value) => `never with ${list(value.map(itemWords), 'or')}`,
  explain: (value, action) => ({
    refused: isSearchable(contentOf(action)?.texts ?? [])
      ? `${contentWord(action)} contains ${list((foundIn(value, action) ?? []).map(itemWords), 'and')}`
      : `${contentWord(action)} has more text than can be searched`,
    allowed: `only ${mailOf(action) === undefined ? 'text' : 'mail'} without ${list(value.map(itemWords), 'or')}`,
  }),
  parameters: 1,
  answer: answerFound,
})

function itemWords(item: string): string {
  return isPreset(item) ? PRESET_WORDS[item] : quote(item)
}

/** more is not searched, and so refused: the search of a megabyte takes a tenth of a second, in which nobody else is served */
const MAX_SEARCHED = 1_000_000

function foundIn(items: readonly string[], action: Action): readonly string[] | undefined {
  const content = contentOf(action)
  return content && search(items, content.texts)
}

const searched = new WeakMap<readonly string[], Map<string, boolean>>()

/** once per mail and item: a mail is held against every message that it could answer, by every block, and explained after */
function search(items: readonly string[], texts: readonly string[]): readonly string[] {
  if (!isSearchable(texts)) return items
  const known = searched.get(texts) ?? new Map<string, boolean>()
  searched.set(texts, known)
  const asked = items.filter((item) => !known.has(item))
  const found = asked.length === 0 ? [] : findRefused(asked, texts)
  for (const item of asked) known.set(item, found.includes(item))
  return items.filter((item) => known.get(item) === true)
}

export function isSearchable(texts: readonly string[]): boolean {
  return texts.reduce((length, text) => length + text.length, 0) <= MAX_SEARCHED
}

function answerFound(asked: Predicate): Answer | undefined {
  const [itemSet] = asked.terms
  if (itemSet?.type !== 'set') return undefined
  const items = stringsOf(itemSet)
  if (items === undefined || items.some((item) => !isPreset(item) && squeeze(item) === '')) {
    return undefined
  }
  return (action) => {
    const found = foundIn(items, action)
    return found && fact('body_found', itemSet, stringSet(found))
  }
}
