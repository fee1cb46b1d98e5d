import { z } from 'zod'
import type { VerifiedToken } from '../token/verify.ts'
import { mailOf } from './action-parts.ts'
import { isSearchable } from './body-refuse.ts'
import { constraint, type Constraint } from './constraint.ts'
import { boolean, constantsOf, equals, fact } from './terms.ts'

const PREDICATE = 'body_echo'

export const bodyEchoSchema: z.ZodType<'none'> = z.literal('none')

/**
 * What the grant was shown in one conversation must not leave in another. Only a front knows what it has shown, and only one
 * that looked asserts the fact: where nobody looked, the check fails.
 */
export const bodyEcho: Constraint = constraint<'none'>({
  name: 'body.echo',
  predicate: PREDICATE,
  get: (conditions) => conditions.body?.echo,
  set: (conditions, value) => ({ ...conditions, body: { ...conditions.body, echo: value } }),
  caveat: () => equals(PREDICATE, boolean(false)),
  decompile: (query) => {
    const wanted = constantsOf(query)[0]
    return wanted?.type === 'boolean' && !wanted.value ? 'none' : undefined
  },
  permits: (_value, action) => mailOf(action)?.echoes === false,
  subsumes: () => true,
  phrase: () => 'without passages from other conversations',
  // whose passage it is, and which, is for no answer to say
  explain: (_value, action) => ({
    refused: isSearchable(mailOf(action)?.texts ?? [])
      ? 'this mail repeats a passage that was shown in another conversation'
      : 'this mail has more text than can be searched',
    allowed: 'only mail without passages from other conversations',
  }),
  assert: (action) => {
    const echoes = mailOf(action)?.echoes
    return echoes === undefined ? undefined : fact(PREDICATE, boolean(echoes))
  },
})

/** some check of the token is about passages of other conversations: a front has to remember what it shows under it */
export function asksForEchoes({ program }: VerifiedToken): boolean {
  return program.names.has(PREDICATE)
}
