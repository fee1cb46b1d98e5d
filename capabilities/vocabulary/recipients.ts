import { z } from 'zod'
import type { Predicate, Query, Value } from '../token/syntax.ts'
import { mailOf, threadOf } from './action-parts.ts'
import type { Conditions, Parties, Recipients } from './capability.ts'
import { constraint, type Answer, type Constraint } from './constraint.ts'
import type { Action } from './action.ts'
import { addressListSchema, domainListSchema } from './lists.ts'
import { domainOf, includesParty, partiesSubsume, partyWords } from './parties.ts'
import {
  binary,
  constantsOf,
  fact,
  integer,
  leaf,
  predicate,
  string,
  stringSet,
  stringsOf,
  variable,
} from './terms.ts'
import { count, list, name } from './words.ts'

export const recipientsSchema: z.ZodType<Recipients> = z
  .strictObject({
    participants: z.literal(true).optional(),
    sender_only: z.literal(true).optional(),
    domains: domainListSchema.optional(),
    addresses: addressListSchema.optional(),
    max: z.int().min(1).max(100).optional(),
  })
  .refine((value) => !(value.participants && value.sender_only), {
    message: '`participants` includes the sender: name one of `participants`, `sender_only`',
  })
  .refine((value) => Object.values(value).some((said) => said !== undefined), {
    message: 'name at least one of `participants`, `sender_only`, `domains`, `addresses`, `max`',
  })

/** who is allowed by their part in the answered thread */
const BASES = ['none', 'sender', 'participants'] as const
type Base = (typeof BASES)[number]

interface Union extends Parties {
  readonly base: Base
}

export function namesRecipients(value: Recipients | undefined): boolean {
  return value !== undefined && unionOf(value) !== undefined
}

function unionOf(value: Recipients): Union | undefined {
  const { participants, sender_only: senderOnly, domains, addresses } = value
  if (!participants && !senderOnly && !domains && !addresses) return undefined
  const base = participants ? 'participants' : senderOnly ? 'sender' : 'none'
  return { base, ...(domains && { domains }), ...(addresses && { addresses }) }
}

function withUnion(conditions: Conditions, union: Union): Conditions {
  const { base, domains, addresses } = union
  const max = conditions.recipients?.max
  return {
    ...conditions,
    recipients: {
      ...(base === 'participants' && { participants: true }),
      ...(base === 'sender' && { sender_only: true }),
      ...(domains && { domains }),
      ...(addresses && { addresses }),
      ...(max !== undefined && { max }),
    },
  }
}

/**
 * Who may be written to. A union over addresses cannot be said in Datalog without a negation or a join per recipient, so the
 * front subtracts: `recipients_beyond(base, {addresses}, {domains})` holds the domains of the recipients that neither the base
 * nor the listed addresses cover, and the check wants those domains inside the listed ones.
 */
export const recipients: Constraint = constraint<Union>({
  name: 'recipients',
  predicate: 'recipients_beyond',
  get: (conditions) => conditions.recipients && unionOf(conditions.recipients),
  set: withUnion,
  caveat: unionCaveat,
  decompile: readUnion,
  permits: (value, action) => outsiders(value, action)?.length === 0,
  subsumes: (wider, narrower) =>
    BASES.indexOf(narrower.base) <= BASES.indexOf(wider.base) && partiesSubsume(wider, narrower),
  phrase: (value) => `only to ${unionWords(value)}`,
  explain: (value, action) => ({
    refused: outsiderWords(value, outsiders(value, action) ?? []),
    allowed: `only ${unionWords(value)}`,
  }),
  parameters: 2,
  answer: answerBeyond,
})

function unionCaveat(value: Union): Query {
  const beyond = variable('domains')
  return {
    predicates: [
      predicate('recipients_beyond', string(value.base), stringSet(value.addresses ?? []), beyond),
    ],
    expressions: [binary(stringSet(value.domains ?? []), 'contains', beyond)],
  }
}

function readUnion(query: Query): Union | undefined {
  const [base, addressSet, domainSet] = constantsOf(query)
  const addresses = stringsOf(addressSet)
  const domains = stringsOf(domainSet)
  if (!isBase(base) || addresses === undefined || domains === undefined) return undefined
  const isNobody = base.value === 'none' && domains.length === 0
  return {
    base: base.value,
    ...(domains.length > 0 && { domains }),
    ...((addresses.length > 0 || isNobody) && { addresses }),
  }
}

function isBase(term: Value | undefined): term is { type: 'string'; value: Base } {
  return term?.type === 'string' && BASES.some((base) => base === term.value)
}

function answerBeyond(asked: Predicate): Answer | undefined {
  const [base, addressSet] = asked.terms
  if (base?.type === 'variable' || !isBase(base)) return undefined
  if (addressSet?.type !== 'set') return undefined
  const addresses = stringsOf(addressSet)
  if (addresses === undefined) return undefined
  return (action) => {
    const rest = outsiders({ base: base.value, addresses }, action)
    return rest && fact('recipients_beyond', base, addressSet, stringSet(rest.map(domainOf)))
  }
}

function outsiders(value: Union, action: Action): string[] | undefined {
  const mail = mailOf(action)
  if (mail === undefined) return undefined
  const base = baseOf(value.base, action)
  return mail.recipients.filter((address) => !base.has(address) && !includesParty(value, address))
}

const NOBODY: ReadonlySet<string> = new Set()
/** a token may ask sixteen questions about one long thread: its participants are gathered once */
const gathered = new WeakMap<readonly string[], ReadonlySet<string>>()

function baseOf(base: Base, action: Action): ReadonlySet<string> {
  const thread = threadOf(action)
  if (base === 'none' || thread === undefined) return NOBODY
  const { participants, answered } = thread
  const all = gathered.get(participants) ?? new Set(participants)
  gathered.set(participants, all)
  if (base === 'participants') return all
  // INVARIANT: the sender is one of the participants, so that `participants` subsumes `sender_only`; the account never is
  return answered.from !== undefined && all.has(answered.from) ? new Set([answered.from]) : NOBODY
}

function unionWords(value: Union): string {
  const base =
    value.base === 'participants'
      ? ['people already in the conversation']
      : value.base === 'sender'
        ? ['whoever wrote the message']
        : []
  const parties = value.domains || value.addresses ? [partyWords(value)] : []
  return list([...base, ...parties], 'or')
}

function outsiderWords(value: Union, outside: readonly string[]): string {
  const who = list(outside.slice(0, 5).map(name), 'and')
  const verb = outside.length > 1 ? 'are' : 'is'
  if (value.base === 'participants' && !value.domains && !value.addresses) {
    return `${who} ${verb} not in this conversation`
  }
  return `${who} ${verb} not among the allowed recipients`
}

/** how many addresses To and Cc may hold together */
export const maxRecipients: Constraint = constraint<number>({
  name: 'recipients.max',
  predicate: 'recipient_count',
  get: (conditions) => conditions.recipients?.max,
  set: (conditions, value) => ({
    ...conditions,
    recipients: { ...conditions.recipients, max: value },
  }),
  caveat: (value) =>
    leaf('recipient_count', (number) => binary(number, 'lessOrEqual', integer(value))),
  decompile: (query) => {
    const bound = constantsOf(query)[0]
    return bound?.type === 'integer' ? bound.value : undefined
  },
  permits: (value, action) => {
    const mail = mailOf(action)
    return mail !== undefined && mail.recipients.length <= value
  },
  subsumes: (wider, narrower) => narrower <= wider,
  phrase: (value) => `at most ${count(value, 'recipient', 'recipients')}`,
  explain: (value, action) => ({
    refused: `this mail has ${mailOf(action)?.recipients.length ?? 0} recipients`,
    allowed: `at most ${count(value, 'recipient', 'recipients')}`,
  }),
  assert: (action) => {
    const mail = mailOf(action)
    return mail && fact('recipient_count', integer(mail.recipients.length))
  },
})
