import { z } from 'zod'
import { contentOf, contentWord } from './action-parts.ts'
import { LINK_SOURCES, type LinkSource } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'

export const bodyLinksSchema: z.ZodType<LinkSource> = z.enum(LINK_SOURCES)

const ORIGINS: Record<LinkSource, readonly ('known' | 'new')[]> = {
  none: [],
  known: ['known'],
  any: ['known', 'new'],
}

const WORDS: Record<LinkSource, string> = {
  none: 'without links',
  known: 'with links only to sites already named in that conversation',
  any: 'with any links',
}

/** a link carries whatever is written into its path: to a new host it is a way out */
export const bodyLinks: Constraint = constraint<LinkSource>({
  name: 'body.links',
  predicate: 'link_origins',
  get: (conditions) => conditions.body?.links,
  set: (conditions, value) => ({ ...conditions, body: { ...conditions.body, links: value } }),
  caveat: (value) =>
    value === 'any'
      ? undefined
      : leaf('link_origins', (origins) => binary(stringSet(ORIGINS[value]), 'contains', origins)),
  decompile: (query) => {
    const allowed = stringsOf(constantsOf(query)[0])
    return LINK_SOURCES.find((source) => ORIGINS[source].length === allowed?.length)
  },
  permits: (value, action) =>
    value === 'any' ||
    contentOf(action)?.linkOrigins.every((origin) => ORIGINS[value].includes(origin)) === true,
  subsumes: (wider, narrower) => LINK_SOURCES.indexOf(narrower) <= LINK_SOURCES.indexOf(wider),
  phrase: (value) => WORDS[value],
  explain: (value, action) => ({
    refused:
      value === 'none'
        ? `${contentWord(action)} has a link`
        : `${contentWord(action)} has a link to a site that is not named in that conversation`,
    allowed: WORDS[value],
  }),
  assert: (action) => {
    const content = contentOf(action)
    return content && fact('link_origins', stringSet(content.linkOrigins))
  },
})
