import { z } from 'zod'
import { messageOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { boolean, constantsOf, equals, fact } from './terms.ts'

export const hasAttachmentSchema: z.ZodType<boolean> = z.boolean()

export const hasAttachment: Constraint = constraint<boolean>({
  name: 'has_attachment',
  predicate: 'message_has_attachment',
  get: (conditions) => conditions.has_attachment,
  set: (conditions, value) => ({ ...conditions, has_attachment: value }),
  caveat: (value) => equals('message_has_attachment', boolean(value)),
  decompile: (query) => {
    const wanted = constantsOf(query)[0]
    return wanted?.type === 'boolean' ? wanted.value : undefined
  },
  permits: (value, action) => messageOf(action)?.hasAttachment === value,
  subsumes: (wider, narrower) => wider === narrower,
  phrase: (value) => (value ? 'with an attachment' : 'without attachments'),
  explain: (value) => ({
    refused: value ? 'this message has no attachment' : 'this message has an attachment',
    allowed: value ? 'only e-mail with an attachment' : 'only e-mail without attachments',
  }),
  assert: (action) => {
    const message = messageOf(action)
    return message && fact('message_has_attachment', boolean(message.hasAttachment))
  },
})
