import { z } from 'zod'
import { messageOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { boolean, constantsOf, equals, fact } from './terms.ts'

export const authenticatedSchema: z.ZodType<true> = z.literal(true)

/** DMARC passed, as Gmail stamped it: the address in From is then more than a claim */
export const authenticated: Constraint = constraint<true>({
  name: 'authenticated',
  predicate: 'message_authenticated',
  get: (conditions) => conditions.authenticated,
  set: (conditions, value) => ({ ...conditions, authenticated: value }),
  caveat: (value) => equals('message_authenticated', boolean(value)),
  decompile: (query) => {
    const wanted = constantsOf(query)[0]
    return wanted?.type === 'boolean' && wanted.value ? true : undefined
  },
  permits: (_value, action) => messageOf(action)?.authenticated === true,
  subsumes: () => true,
  phrase: () => 'whose sender Gmail has verified',
  explain: () => ({
    refused: 'Gmail has not verified the sender of this message',
    allowed: 'only e-mail whose sender Gmail has verified',
  }),
  assert: (action) => {
    const message = messageOf(action)
    return message && fact('message_authenticated', boolean(message.authenticated))
  },
})
