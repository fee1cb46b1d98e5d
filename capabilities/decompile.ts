import { isDelegableBinding } from './token/delegation.ts'
import type { Block, Check, Expression, Predicate, Query } from './token/syntax.ts'
import type {
  ActionName,
  Capability,
  Conditions,
  Narrowing,
  ProviderType,
} from './vocabulary/capability.ts'
import { isSending } from './vocabulary/gmail.ts'
import { expiry } from './vocabulary/expiry.ts'
import { hours } from './vocabulary/hours.ts'
import { inMailbox, PLACE_PREDICATE } from './vocabulary/place.ts'
import type { Constraint } from './vocabulary/constraint.ts'
import { GENERAL } from './vocabulary/provider-vocabulary.ts'
import { readProperties } from './vocabulary/properties.ts'
import { definitionOf, findAction } from './vocabulary/vocabularies.ts'

/** a block as the vocabulary reads it; whatever the vocabulary does not say is left as checks */
export interface ReadBlock {
  /** one action each; undefined: the block does not limit operations in a way the vocabulary can say */
  readonly entries: readonly Narrowing[] | undefined
  /** RFC 3339; the block's own bound for everything */
  readonly expiresAt: string | undefined
  readonly others: readonly Check[]
}

/** compilation backwards. Only what would compile to the very same check counts as understood */
export function readBlock({ checks }: Block): ReadBlock {
  const others: Check[] = []
  let entries: readonly Narrowing[] | undefined
  let bound: Conditions = {}
  for (const check of checks) {
    const found = entries === undefined ? readEntries(check) : undefined
    const end = readExpiry(check)
    if (found !== undefined) entries = found
    else if (end !== undefined && expiry.subsumes(bound, end)) bound = end
    else others.push(check)
  }
  return { entries, expiresAt: bound.expires_at, others }
}

/** the capabilities of an authority block: there, what is not limited is granted in full, and is said so */
export function readGrant(block: Block): Capability[] {
  return (readBlock(block).entries ?? []).map((entry) => {
    const [action = 'messages.read'] = entry.actions
    if (entry.type === 'hubspot') return openCrm(entry)
    if (entry.type !== 'gmail') return entry
    return {
      ...entry,
      ...(action === 'messages.read' && { content: entry.content ?? 'full' }),
      ...(isSending(action) && { attachments: entry.attachments ?? 'any' }),
    }
  })
}

/** connected accounts that a token's grant names; whether an action for one of them is allowed is decided like everything else */
export function accountsGranted({
  blocks: [authority],
}: {
  readonly blocks: readonly Block[]
}): string[] {
  const capabilities = authority === undefined ? [] : readGrant(authority)
  return capabilities.flatMap(({ accounts }) => accounts ?? [])
}

function openCrm(entry: Narrowing): Capability {
  const [action] = entry.actions
  const carried = action && definitionOf(entry.type, action).constraints
  const read = carried?.includes(readProperties) && (entry.properties?.read ?? ['*'])
  return {
    ...entry,
    ...(read && { properties: { ...entry.properties, read } }),
    ...(action === 'owners.read' && { owner_emails: entry.owner_emails ?? 'shown' }),
  }
}

function readExpiry({ queries }: Check): Conditions | undefined {
  const [query, ...alternatives] = queries
  if (query === undefined || alternatives.length > 0) return undefined
  return expiry.decompile(query, {})
}

function readEntries({ queries }: Check): Narrowing[] | undefined {
  const entries: Narrowing[] = []
  for (const query of queries) {
    const branch = readBranch(query)
    if (branch === undefined) return undefined
    if (branch.of !== undefined) {
      const { type, action } = branch.of
      entries.push({ type, actions: [action], ...branch.conditions })
    }
  }
  return entries.length > 0 ? entries : undefined
}

export interface Branch {
  readonly operation: string
  /** the action whose main operation this is; `labels.list` and the like only go alongside */
  readonly of: { readonly type: ProviderType; readonly action: ActionName } | undefined
  readonly conditions: Conditions
}

/** a branch as compile.ts writes it: the operation, then leaves of the vocabulary */
export function readBranch(query: Query): Branch | undefined {
  const [head, ...predicates] = query.predicates
  const [operation] = head?.terms ?? []
  if (head?.name !== 'op' || head.terms.length !== 1 || operation?.type !== 'string')
    return undefined
  const of = findAction(operation.value)
  const constraints = of === undefined ? GENERAL : definitionOf(of.type, of.action).constraints
  const leaves = splitLeaves({
    predicates: predicates.filter(isNotPlace),
    expressions: query.expressions,
  })
  let conditions: Conditions = {}
  for (const leaf of leaves ?? []) {
    const said = decompileLeaf(leaf, constraints, conditions)
    if (said === undefined) return undefined
    conditions = said
  }
  return leaves && { operation: operation.value, of, conditions }
}

function decompileLeaf(
  leaf: Query,
  constraints: readonly Constraint[],
  into: Conditions,
): Conditions | undefined {
  const name = leaf.predicates[0]?.name
  // several limits speak of one predicate, each of another counter
  for (const one of constraints) {
    const said = one.predicate !== name || one.isSaid(into) ? undefined : one.decompile(leaf, into)
    if (said !== undefined) return said
  }
  return undefined
}

/** each predicate with the expressions over its variables; undefined when an expression joins two, or none */
function splitLeaves({ predicates, expressions }: Query): Query[] | undefined {
  const leaves = predicates.map((predicate) => ({
    predicates: [predicate],
    expressions: expressions.filter((expression) => variablesIn(expression).some(isOf(predicate))),
  }))
  const placed = leaves.reduce((sum, leaf) => sum + leaf.expressions.length, 0)
  return placed === expressions.length ? leaves : undefined
}

function variablesIn(expression: Expression): string[] {
  return expression.flatMap((step) =>
    step.type === 'term' && step.term.type === 'variable' ? [step.term.name] : [],
  )
}

function isOf({ terms }: Predicate): (variable: string) => boolean {
  return (variable) => terms.some((term) => term.type === 'variable' && term.name === variable)
}

function isNotPlace(predicate: Predicate): boolean {
  const [mailbox] = inMailbox.predicates
  return predicate.name !== PLACE_PREDICATE || JSON.stringify(predicate) !== JSON.stringify(mailbox)
}

/** what a check can say of a request without saying anything of a message or a record */
const NOT_OF_THINGS = ['profile', 'audience', 'cnf_jkt', 'time']

/**
 * What a token shows under one action, messages or records of a kind, as its blocks say it: every block has to agree, the entries
 * of one are alternatives, and those whose hours or end do not permit anything at `now` (seconds since 1970; undefined: at any time) are left out.
 * Undefined when a block says something that the vocabulary does not. For asking a provider less; never for a decision.
 *
 * @example
 * readFilters(token.blocks, now) // [[{ from: { domains: ['acme.com'] } }], [{ newer_than_days: 7 }]]
 */
export function readFilters(
  blocks: readonly Block[],
  now: number | undefined,
  action: ActionName = 'messages.read',
): Conditions[][] | undefined {
  const filters: Conditions[][] = []
  for (const block of blocks) {
    const { entries, others } = readBlock(block)
    if (!others.every(isNotOfThings)) return undefined
    if (entries === undefined) continue
    const reading = entries.filter(({ actions }) => actions.includes(action))
    if (reading.some(({ locations }) => locations !== undefined)) return undefined
    filters.push(reading.filter((entry) => now === undefined || isOpen(entry, now)).map(toFilter))
  }
  return filters
}

function isNotOfThings(check: Check): boolean {
  const { queries } = check
  if (isDelegableBinding(check)) return true
  return (
    queries.length === 1 &&
    queries.every(({ predicates }) => predicates.every(({ name }) => NOT_OF_THINGS.includes(name)))
  )
}

function isOpen(entry: Narrowing, now: number): boolean {
  const anything = { operation: 'gmail.messages.list' } as const
  return [hours, expiry].every((one) => one.permits(entry, anything, { now }))
}

function toFilter(entry: Narrowing): Conditions {
  const { type: _type, actions: _actions, limits: _limits, ...conditions } = entry
  const { hours: _hours, expires_at: _end, ...filter } = conditions
  return filter
}
