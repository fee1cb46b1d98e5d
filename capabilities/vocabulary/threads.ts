import type { z } from 'zod'
import { messageOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { idSchema, listOf } from './lists.ts'
import { binary, constantsOf, fact, leaf, string, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

export const threadsSchema: z.ZodType<readonly string[], string[]> = listOf(idSchema)

/** one of the listed threads: the strongest answer to "other customers' data in a reply" is one thread per token */
export const threads: Constraint = constraint<readonly string[]>({
  name: 'threads',
  predicate: 'message_thread',
  get: (conditions) => conditions.threads,
  set: (conditions, value) => ({ ...conditions, threads: value }),
  caveat: (value) => leaf('message_thread', (id) => binary(stringSet(value), 'contains', id)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) => {
    const message = messageOf(action)
    return message !== undefined && value.includes(message.threadId)
  },
  subsumes: (wider, narrower) => narrower.every((id) => wider.includes(id)),
  phrase: (value) => `in the ${threadWords(value)}`,
  explain: (value, action) => ({
    refused: `this message is in the conversation ${name(messageOf(action)?.threadId ?? 'unknown')}`,
    allowed: `only e-mail in the ${threadWords(value)}`,
  }),
  assert: (action) => {
    const message = messageOf(action)
    return message && fact('message_thread', string(message.threadId))
  },
})

function threadWords(ids: readonly string[]): string {
  return `${ids.length === 1 ? 'conversation' : 'conversations'} ${list(ids.map(name), 'or')}`
}
