import {
  labelsNamedIn,
  readFilters,
  type Block,
  type Conditions,
  type Parties,
  type VerifiedToken,
} from '../../capabilities/index.ts'
import type { Call, QueryPairs } from '../operation.ts'
import { readLabelNames } from './label-names.ts'

const blocksOf = new WeakMap<Call['names'], readonly Block[]>()

/** the names that a token speaks of, with the blocks they were read for; a call without them narrows nothing and searches nothing */
export async function readNames(
  token: VerifiedToken,
  call: Pick<Call, 'reader' | 'remember'>,
): Promise<Call['names']> {
  const names = new Map(await readLabelNames(token, call))
  blocksOf.set(names, token.blocks)
  return names
}

/** whether the token's filter speaks of labels that their owner can delete; if that cannot be known, it does */
export function namesOwnLabels({ names }: Pick<Call, 'names'>): boolean {
  const blocks = blocksOf.get(names)
  return blocks === undefined || labelsNamedIn(blocks).some((label) => !SYSTEM_LABEL.test(label))
}

export interface Narrowing {
  readonly terms: readonly string[]
  readonly labelIds: readonly string[]
}

export type Narrowed =
  | { readonly ok: true; readonly narrowing: Narrowing }
  /** why this token's mail cannot be told from other mail in Gmail's words */
  | { readonly ok: false; readonly because: string }

/**
 * What the token's filter is in Gmail's words, for a search: hidden mail must not be found at all, or how far the walk comes
 * would tell of it. Rather too narrow, therefore: what is asked for may leave out mail that the token shows.
 */
export function narrowSearch(
  call: Pick<Call, 'now' | 'names'>,
  options: { readonly searchesText: boolean },
): Narrowed {
  const filters = filtersOf(call)
  if (filters === undefined) return { ok: false, because: 'it has limits of its own making' }
  const terms: string[] = []
  const labelIds = new Set<string>()
  for (const entries of filters) {
    if (entries.length === 0) return { ok: false, because: 'it shows no mail now' }
    // a row found by its text says something about the text
    const shown = entries.filter(({ content }) => !options.searchesText || content !== 'metadata')
    if (shown.length === 0) return { ok: false, because: 'it does not show the text of mail' }
    const filter = unite(shown)
    if (filter === undefined) return { ok: false, because: 'its alternatives are not one question' }
    const because = findInexpressible(filter, call.names)
    if (because !== undefined) return { ok: false, because }
    terms.push(...strictTerms(filter))
    for (const label of filter.labels ?? []) labelIds.add(toLabelId(label, call.names) ?? label)
  }
  const all = [...new Set([...terms, '-in:drafts'])]
  if (all.join(' ').length > MAX_NARROWING) return { ok: false, because: 'its lists are too long' }
  return { ok: true, narrowing: { terms: all, labelIds: [...labelIds] } }
}

/** the same for a plain list, where nothing that the token shows may be left out: less is read, and nothing is promised */
export function narrowList(call: Pick<Call, 'now' | 'names'>): Narrowing {
  const terms: string[] = []
  const labelIds = new Set<string>()
  for (const entries of filtersOf(call) ?? []) {
    const filter = unite(entries) ?? {}
    terms.push(...partyTerms(filter))
    // how Gmail rounds a day is not documented
    if (filter.newer_than_days !== undefined) terms.push(newerThan(filter.newer_than_days + 1))
    for (const label of filter.labels ?? []) {
      const id = toLabelId(label, call.names)
      // a label that is gone is no error of the agent's
      if (id !== undefined && (SYSTEM_LABEL.test(id) || call.names.has(id))) labelIds.add(id)
    }
  }
  const tooLong = terms.join(' ').length > MAX_NARROWING
  return { terms: tooLong ? [] : [...new Set(terms)], labelIds: [...labelIds] }
}

export function toPairs({ terms, labelIds }: Narrowing): QueryPairs {
  return [
    ...(terms.length > 0 ? [['q', terms.join(' ')] as const] : []),
    ...labelIds.map((id) => ['labelIds', id] as const),
  ]
}

const MAX_NARROWING = 2000

function filtersOf({ now, names }: Pick<Call, 'now' | 'names'>): Conditions[][] | undefined {
  const blocks = blocksOf.get(names)
  return blocks && readFilters(blocks, now)
}

const PARTIES = ['from', 'to', 'cc'] as const

/** alternatives as one conjunction: where they differ in the parties of one field, and in nothing else */
function unite(entries: readonly Conditions[]): Conditions | undefined {
  const filters = entries.map(({ content: _content, ...filter }) => filter)
  const [first] = filters
  if (first === undefined) return undefined
  if (filters.some((filter) => Object.keys(filter).length === 0)) return {}
  if (filters.every((filter) => isSame(filter, first))) return first
  for (const field of PARTIES) {
    const others = filters.map((filter) => ({ ...filter, [field]: undefined }))
    const parties = filters.flatMap((filter) => filter[field] ?? [])
    if (parties.length === filters.length && others.every((other) => isSame(other, others[0]))) {
      return { ...first, [field]: joinParties(parties) }
    }
  }
  return undefined
}

function joinParties(parties: readonly Parties[]): Parties {
  const join = (lists: readonly (readonly string[] | undefined)[]): string[] =>
    [...new Set(lists.flatMap((each) => each ?? []))].sort()
  return {
    domains: join(parties.map(({ domains }) => domains)),
    addresses: join(parties.map(({ addresses }) => addresses)),
  }
}

function isSame(one: Conditions, other: Conditions | undefined): boolean {
  return other !== undefined && toText(one) === toText(other)
}

function toText(filter: Conditions): string {
  return JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** letters that mean nothing in a query: `+` is an OR there, and a first `-` a NOT */
const PLAIN_PARTY = /^[a-z0-9][a-z0-9._@-]*$/
const PLAIN_SUBJECT = /^[\p{L}\p{N}]+(?: [\p{L}\p{N}]+)*$/u

function isPlainParty(party: string): boolean {
  return PLAIN_PARTY.test(party) && !party.includes('xn--')
}

function partiesOf({ domains = [], addresses = [] }: Parties): string[] {
  return [...domains, ...addresses]
}

function findInexpressible(filter: Conditions, names: Call['names']): string | undefined {
  if (filter.threads !== undefined) return 'it is limited to conversations'
  if (filter.authenticated !== undefined) return 'it is limited to authenticated mail'
  const parties = PARTIES.flatMap((field) => partiesOf(filter[field] ?? {}))
  if (!parties.every(isPlainParty)) return 'one of its addresses has no plain form in a search'
  if (filter.subject_contains?.some((text) => !PLAIN_SUBJECT.test(text)))
    return 'its subject is more than plain words'
  if (filter.labels?.some((label) => toLabelId(label, names) === undefined))
    return 'one of its labels is not there'
  return undefined
}

function strictTerms(filter: Conditions): string[] {
  const { subject_contains: subjects = [], newer_than_days: days, has_attachment: has } = filter
  return [
    ...partyTerms(filter),
    ...subjects.map((text) => `subject:"${text}"`),
    ...(days === undefined ? [] : [newerThan(days)]),
    ...(has === undefined ? [] : [has ? 'has:attachment' : '-has:attachment']),
  ]
}

function partyTerms(filter: Conditions): string[] {
  return PARTIES.flatMap((field) => {
    const parties = partiesOf(filter[field] ?? {})
    const [only, ...more] = parties
    if (only === undefined || !parties.every(isPlainParty)) return []
    return [more.length === 0 ? `${field}:${only}` : `${field}:(${parties.join(' OR ')})`]
  })
}

function newerThan(days: number): string {
  return `newer_than:${days}d`
}

const SYSTEM_LABEL = /^(?:INBOX|UNREAD|STARRED|IMPORTANT|SENT|CATEGORY_[A-Z]+)$/

function toLabelId(label: string, names: Call['names']): string | undefined {
  if (SYSTEM_LABEL.test(label) || /^Label_\d+$/.test(label) || names.has(label)) return label
  for (const [id, name] of names) if (name === label) return id
  return undefined
}
