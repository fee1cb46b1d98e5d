import { z } from 'zod'
import { constraint, type Constraint } from './constraint.ts'
import { constantsOf, equals, fact, string } from './terms.ts'

export const contentSchema: z.ZodType<'metadata' | 'full'> = z.enum(['metadata', 'full'])

/** how much of a message an answer may show */
export const content: Constraint = constraint<'metadata' | 'full'>({
  name: 'content',
  predicate: 'content',
  get: (conditions) => conditions.content,
  set: (conditions, value) => ({ ...conditions, content: value }),
  caveat: (value) => (value === 'metadata' ? equals('content', string('metadata')) : undefined),
  decompile: (query) => {
    const wanted = constantsOf(query)[0]
    return wanted?.type === 'string' && wanted.value === 'metadata' ? 'metadata' : undefined
  },
  permits: (value, action) =>
    value === 'full' ||
    (action.operation === 'gmail.messages.read' && action.content === 'metadata'),
  subsumes: (wider, narrower) => wider === 'full' || narrower === 'metadata',
  phrase: (value) =>
    value === 'full' ? 'with text and attachments' : 'without text and attachments',
  explain: () => ({
    refused: 'this asks for the text of the message',
    allowed: 'only who wrote, to whom, when, and the subject',
  }),
  assert: (action) =>
    action.operation === 'gmail.messages.read'
      ? fact('content', string(action.content))
      : undefined,
})
