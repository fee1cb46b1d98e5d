import { z } from 'zod'
import { messageOf } from './action-parts.ts'
import { addressListSchema, domainListSchema } from './lists.ts'
import type { Conditions, Parties } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import type { Action } from './action.ts'
import type { MessageFacts } from './gmail-action.ts'
import {
  binary,
  constantsOf,
  fact,
  integer,
  leaf,
  lengthOf,
  stringSet,
  stringsOf,
} from './terms.ts'
import { list, name } from './words.ts'

export const partiesSchema: z.ZodType<Parties> = z
  .strictObject({ domains: domainListSchema.optional(), addresses: addressListSchema.optional() })
  .refine((parties) => keysOf(parties).length > 0, 'name at least one of `domains`, `addresses`')

/** a domain is written `@domain` among the addresses, so that one set of keys holds both and one intersection tests both */
function keysOf(parties: Parties): string[] {
  return [...(parties.domains ?? []).map((domain) => `@${domain}`), ...(parties.addresses ?? [])]
}

function fromKeys(keys: readonly string[]): Parties {
  const domains = keys.filter((key) => key.startsWith('@')).map((key) => key.slice(1))
  const addresses = keys.filter((key) => !key.startsWith('@'))
  return {
    ...(domains.length > 0 && { domains }),
    ...(addresses.length > 0 && { addresses }),
  }
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

/** the union's words: "anyone at acme.com or bob@example.org" */
export function partyWords(parties: Parties): string {
  const domains = parties.domains ?? []
  const anyone = domains.length > 0 ? [`anyone at ${list(domains, 'or')}`] : []
  return list([...anyone, ...(parties.addresses ?? [])], 'or')
}

export function partiesSubsume(wider: Parties, narrower: Parties): boolean {
  const domains = new Set(wider.domains)
  const addresses = new Set(wider.addresses)
  return (
    (narrower.domains ?? []).every((domain) => domains.has(domain)) &&
    (narrower.addresses ?? []).every(
      (address) => addresses.has(address) || domains.has(domainOf(address)),
    )
  )
}

export function includesParty(parties: Parties, address: string): boolean {
  return (
    (parties.addresses ?? []).includes(address) ||
    (parties.domains ?? []).includes(domainOf(address))
  )
}

function partyConstraint(options: {
  field: 'from' | 'to' | 'cc'
  addresses: (message: MessageFacts) => readonly string[]
  words: (parties: string) => string
  role: string
}): Constraint {
  const { field, addresses } = options
  const predicate = `message_${field}`
  const present = (action: Action): readonly string[] => {
    const message = messageOf(action)
    return message === undefined ? [] : addresses(message)
  }
  return constraint<Parties>({
    name: field,
    predicate,
    get: (conditions) => conditions[field],
    set: (conditions, value): Conditions => ({ ...conditions, [field]: value }),
    caveat: (value) =>
      leaf(predicate, (keys) =>
        binary(
          lengthOf(binary(keys, 'intersection', stringSet(keysOf(value)))),
          'greaterOrEqual',
          integer(1),
        ),
      ),
    decompile: (query) => {
      const keys = stringsOf(constantsOf(query)[0])
      return keys === undefined ? undefined : fromKeys(keys)
    },
    permits: (value, action) => present(action).some((address) => includesParty(value, address)),
    subsumes: partiesSubsume,
    phrase: (value) => options.words(partyWords(value)),
    explain: (value, action) => ({
      refused: `${options.role} of this message is ${presentWords(present(action))}`,
      allowed: `only e-mail ${options.words(partyWords(value))}`,
    }),
    assert: (action) => {
      const message = messageOf(action)
      if (message === undefined) return undefined
      const parties = addresses(message)
      return fact(
        predicate,
        stringSet(parties.flatMap((address) => [address, `@${domainOf(address)}`])),
      )
    },
  })
}

function presentWords(addresses: readonly string[]): string {
  return addresses.length === 0
    ? 'missing or unreadable'
    : list(addresses.slice(0, 5).map(name), 'and')
}

/** the one sender by addr-spec; a display name is never looked at */
export const from: Constraint = partyConstraint({
  field: 'from',
  addresses: (message) => (message.from === undefined ? [] : [message.from]),
  words: (parties) => `from ${parties}`,
  role: 'the sender',
})

export const to: Constraint = partyConstraint({
  field: 'to',
  addresses: (message) => message.to,
  words: (parties) => `addressed to ${parties}`,
  role: 'the addressee',
})

export const cc: Constraint = partyConstraint({
  field: 'cc',
  addresses: (message) => message.cc,
  words: (parties) => `with ${parties} in copy`,
  role: 'the copy recipient',
})
