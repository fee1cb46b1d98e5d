import { z } from 'zod'
import { crmOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { constantsOf, equals, fact, string } from './terms.ts'

export const ownerEmailsSchema: z.ZodType<'none' | 'shown'> = z.enum(['none', 'shown'])

const PREDICATE = 'owner_emails'

/** the addresses of the people who work there: who they are is enough to read whose a record is */
export const ownerEmails: Constraint = constraint<'none' | 'shown'>({
  name: 'owner_emails',
  predicate: PREDICATE,
  get: (conditions) => conditions.owner_emails,
  set: (conditions, value) => ({ ...conditions, owner_emails: value }),
  caveat: (value) => (value === 'none' ? equals(PREDICATE, string('none')) : undefined),
  decompile: (query) => {
    const [wanted] = constantsOf(query)
    return wanted?.type === 'string' && wanted.value === 'none' ? 'none' : undefined
  },
  permits: (value, action) => value === 'shown' || crmOf(action)?.ownerEmails === false,
  subsumes: (wider, narrower) => wider === 'shown' || narrower === 'none',
  phrase: (value) =>
    value === 'none' ? 'without their e-mail addresses' : 'with their e-mail addresses',
  explain: () => ({
    refused: 'this would show e-mail addresses of owners',
    allowed: 'only their names',
  }),
  assert: (action) => {
    const shown = crmOf(action)?.ownerEmails
    return shown === undefined ? undefined : fact(PREDICATE, string(shown ? 'shown' : 'none'))
  },
})
