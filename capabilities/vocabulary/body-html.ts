import { z } from 'zod'
import { contentOf, contentWord } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { constantsOf, equals, fact, string } from './terms.ts'

export const bodyHtmlSchema: z.ZodType<'none' | 'sanitised'> = z.enum(['none', 'sanitised'])

/** raw HTML never leaves: `sanitised` is the widest there is */
export const bodyHtml: Constraint = constraint<'none' | 'sanitised'>({
  name: 'body.html',
  predicate: 'body_html',
  get: (conditions) => conditions.body?.html,
  set: (conditions, value) => ({ ...conditions, body: { ...conditions.body, html: value } }),
  caveat: (value) => (value === 'none' ? equals('body_html', string('none')) : undefined),
  decompile: (query) => {
    const wanted = constantsOf(query)[0]
    return wanted?.type === 'string' && wanted.value === 'none' ? 'none' : undefined
  },
  permits: (value, action) => value === 'sanitised' || contentOf(action)?.html === 'none',
  subsumes: (wider, narrower) => wider === 'sanitised' || narrower === 'none',
  phrase: (value) => (value === 'none' ? 'as plain text' : 'with harmless formatting'),
  explain: (_value, action) => ({
    refused: `${contentWord(action)} has formatting (HTML)`,
    allowed: 'only plain text',
  }),
  assert: (action) => {
    const content = contentOf(action)
    return content && fact('body_html', string(content.html))
  },
})
