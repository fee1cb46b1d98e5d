import { CapabilityError } from './errors.ts'
import { encodeBlock } from './token/block.ts'
import { delegableBinding } from './token/delegation.ts'
import { toHex } from './token/bytes.ts'
import { SymbolTable } from './token/symbols.ts'
import { MAX_BRANCHES } from './token/admission.ts'
import type { Block, Check, Query } from './token/syntax.ts'
import type { Operation } from './vocabulary/action.ts'
import type { Capability, Conditions, Narrowing } from './vocabulary/capability.ts'
import { assertClosed } from './vocabulary/closing.ts'
import type { Constraint } from './vocabulary/constraint.ts'
import { isFiltered } from './vocabulary/gmail.ts'
import { GENERAL } from './vocabulary/provider-vocabulary.ts'
import {
  alternativesIn,
  definitionOf,
  operationsOf,
  type Single,
} from './vocabulary/vocabularies.ts'
import { inMailbox } from './vocabulary/place.ts'
import { MAX_BUDGETS } from './vocabulary/limits.ts'
import { binary, date, equals, fact, integer, leaf, string } from './vocabulary/terms.ts'
import { toOrigin } from './vocabulary/locations.ts'

/** a front that does not know this version of the vocabulary asserts another number, and the token opens nothing there */
export const PROFILE = 1

export interface GrantContent {
  readonly grantId: string
  readonly clientId: string
  /** the front's public origin: the RFC 8707 resource, an entry of `locations` */
  readonly audience: string
  /** seconds since 1970 */
  readonly expiresAt: number
  /** RFC 7638 thumbprint of the DPoP key the token is bound to */
  readonly keyThumbprint?: string | undefined
  /** that key itself, 32 bytes, if it is an Ed25519 key: its holder can then delegate the token to another key offline */
  readonly delegationKey?: Uint8Array | undefined
  readonly capabilities: readonly Capability[]
}

/**
 * The authority block of a grant token: positive facts (what is granted) and checks (within which limits).
 *
 * @throws CapabilityError `invalid_capability` when no capability is for the audience, or the branches are too many
 * @example
 * const block = compileGrant({
 *   grantId: 'g_1',
 *   clientId: 'support-agent',
 *   audience: 'https://gmail.remit.example',
 *   expiresAt: 1_796_083_200,
 *   capabilities: parseCapabilities(details),
 * })
 */
export function compileGrant(content: GrantContent): Block {
  const capabilities = forAudience(content.capabilities, content.audience)
  if (capabilities.length === 0) throw invalid('no capability of this grant is for this front')
  capabilities.forEach(assertClosed)
  const operations = new Set(
    capabilities.flatMap(({ type, actions }) => actions.flatMap((one) => operationsOf(type, one))),
  )
  return {
    facts: [
      fact('grant', string(content.grantId)),
      fact('client', string(content.clientId)),
      ...[...operations].sort().map((operation) => fact('right', string(operation))),
    ],
    checks: [
      only(equals('profile', integer(PROFILE))),
      only(equals('audience', string(content.audience))),
      only(before(content.expiresAt)),
      ...bindingOf(content),
      branches(
        capabilities.flatMap(({ locations: _front, ...entry }) => compileEntry(entry, 'grant')),
      ),
    ],
  }
}

/** whether the key that may delegate is the bound one is asked where a block is signed: a second key would open the same token */
function bindingOf({ keyThumbprint: thumbprint, delegationKey }: GrantContent): Check[] {
  if (thumbprint === undefined) {
    if (delegationKey === undefined) return []
    throw new CapabilityError('invalid_key', 'delegationKey: only with its `keyThumbprint`')
  }
  if (delegationKey === undefined) return [only(equals('cnf_jkt', string(thumbprint)))]
  return [delegableBinding({ publicKey: toHex(delegationKey), thumbprint })]
}

/**
 * A block that narrows whatever token it is appended to.
 *
 * @throws CapabilityError `invalid_capability` when nothing is narrowed
 * @example
 * compileAttenuation(parseNarrowing(entries), { expiresAt: 1_764_000_000 })
 */
export function compileAttenuation(
  entries: readonly Narrowing[],
  options: { readonly expiresAt?: number | undefined } = {},
): Block {
  const { expiresAt } = options
  const checks = [
    ...(expiresAt === undefined ? [] : [only(before(expiresAt))]),
    ...(entries.length === 0
      ? []
      : [branches(entries.flatMap((entry) => compileEntry(entry, 'attenuation')))]),
  ]
  if (checks.length === 0) throw invalid('nothing to narrow: give entries or an expiry')
  return { facts: [], checks }
}

/** those of the capabilities that a front may be asked for, with the front filled in as their location */
export function forAudience(details: readonly Capability[], audience: string): Capability[] {
  const front = toOrigin(audience) ?? audience
  return details
    .filter(({ locations }) => locations === undefined || locations.includes(front))
    .map((capability) => ({ ...capability, locations: [front] }))
}

/** leaves room in the longest token for a few attenuations; better said to the client than to the buyer */
const MAX_GRANT_BYTES = 4096

export function assertFits(capabilities: readonly Capability[]): void {
  const block: Block = {
    facts: [],
    checks: [branches(capabilities.flatMap((entry) => compileEntry(entry, 'grant')))],
  }
  const { length } = encodeBlock(block, new SymbolTable())
  if (length > MAX_GRANT_BYTES) {
    throw invalid(
      `too large for a token (${length} of ${MAX_GRANT_BYTES} bytes): use fewer or shorter lists`,
    )
  }
  if (countBudgets(block) > MAX_GRANT_BUDGETS) {
    throw invalid(`too many different limits for one token: at most ${MAX_GRANT_BUDGETS}`)
  }
}

/** leaves room for those of a few attenuations: a front counts MAX_BUDGETS for one token */
const MAX_GRANT_BUDGETS = MAX_BUDGETS - 8

function countBudgets({ checks }: Block): number {
  const predicates = checks.flatMap(({ queries }) => queries.flatMap((query) => query.predicates))
  const budgets = predicates.filter(({ name }) => name === 'budget_ok')
  return new Set(budgets.map(({ terms }) => JSON.stringify(terms))).size
}

type Purpose = 'grant' | 'attenuation'

/**
 * One branch per operation and alternative, each starting with the operation's name: one that no branch names is denied. What
 * needs no asking comes first.
 */
function compileEntry(entry: Narrowing, purpose: Purpose): Query[] {
  return alternativesIn(entry).flatMap((single) => compileSingle(single, purpose))
}

function compileSingle({ type, action, conditions }: Single, purpose: Purpose): Query[] {
  const { operation, alongside, constraints } = definitionOf(type, action)
  const place = purpose === 'grant' && isFiltered(action) ? [inMailbox] : []
  return [
    branch(operation, [...place, ...caveatsOf(constraints, conditions)]),
    ...alongside.map((other) => branch(other, caveatsOf(GENERAL, conditions))),
  ]
}

function caveatsOf(constraints: readonly Constraint[], conditions: Conditions): Query[] {
  return constraints.flatMap((one) => one.caveat(conditions) ?? [])
}

function branch(operation: Operation, leaves: readonly Query[]): Query {
  return {
    predicates: [
      ...equals('op', string(operation)).predicates,
      ...leaves.flatMap(({ predicates }) => predicates),
    ],
    expressions: leaves.flatMap(({ expressions }) => expressions),
  }
}

function branches(queries: readonly Query[]): Check {
  const distinct = [...new Map(queries.map((query) => [JSON.stringify(query), query])).values()]
  if (distinct.length > MAX_BRANCHES) {
    throw invalid(`too many alternatives for one token: at most ${MAX_BRANCHES} branches`)
  }
  return { queries: distinct }
}

function only(query: Query): Check {
  return { queries: [query] }
}

function before(seconds: number): Query {
  return leaf('time', (now) => binary(now, 'lessThan', date(Math.floor(seconds))))
}

function invalid(message: string): CapabilityError {
  return new CapabilityError('invalid_capability', message)
}
