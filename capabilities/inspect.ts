import { readBlock, readGrant } from './decompile.ts'
import { describe } from './describe.ts'
import { CapabilityError } from './errors.ts'
import { findDelegate, isDelegableBinding } from './token/delegation.ts'
import { printCheck } from './token/print.ts'
import type { Block, Check } from './token/syntax.ts'
import { parseToken, type UnverifiedToken } from './token/unverified.ts'
import { instantWords } from './vocabulary/expiry.ts'
import { quote } from './vocabulary/words.ts'

/** one block of a token: the first is the grant, each further one narrows it */
export interface InspectedBlock {
  /** hex; the first one names the whole family, each further one a branch of it */
  readonly revocationId: string
  /** the block in words; a later block can only narrow */
  readonly sentences: readonly string[]
  /** the block's checks as Datalog */
  readonly checks: readonly string[]
  /** RFC 7638 thumbprint: the one key that can use the token from this block on */
  readonly delegatedTo?: string
}

/** what a token says of itself. Nobody has looked at a signature: never decide on it */
export interface UnverifiedInspection {
  /** a reminder: nothing here was verified */
  readonly unverified: true
  /** what the buyer revokes */
  readonly grantId: string | undefined
  /** the agent that the grant is for */
  readonly clientId: string | undefined
  /** seconds since 1970: the earliest end that a block sets for everything */
  readonly expiresAt: number | undefined
  /** the authority block first */
  readonly lineage: readonly InspectedBlock[]
}

/**
 * Reads a token without verifying it: for the agent that holds it, and for an operator's terminal.
 *
 * @throws CapabilityError `invalid_token`
 * @example
 * const { expiresAt, lineage } = inspect(token)
 * const sentences = lineage.flatMap((block) => block.sentences)
 */
export function inspect(text: string): UnverifiedInspection {
  const token = readUnverified(text)
  const { unverifiedBlocks: blocks } = token
  return {
    unverified: true,
    grantId: findName('grant', blocks),
    clientId: findName('client', blocks),
    expiresAt: findEnd(blocks),
    lineage: blocks.map((block, index) => ({
      revocationId: token.revocationIds[index] ?? '',
      sentences: sentencesOf(block, index === 0),
      checks: block.checks.map(printCheck),
      ...delegateOf(block),
    })),
  }
}

/** @throws CapabilityError `invalid_token` */
export function readUnverified(text: string): UnverifiedToken {
  const parsed = parseToken(text)
  if (!parsed.ok) throw new CapabilityError('invalid_token', `token: ${parsed.refusal.detail}`)
  return parsed.token
}

/** seconds since 1970: the earliest end that a block sets for everything */
export function findEnd(blocks: readonly Block[]): number | undefined {
  const ends = blocks.flatMap((block) => readBlock(block).expiresAt ?? [])
  return ends.length === 0 ? undefined : Math.min(...ends.map((end) => Date.parse(end) / 1000))
}

function delegateOf(block: Block): { delegatedTo?: string } {
  const delegatedTo = findDelegate([block])
  return delegatedTo === undefined ? {} : { delegatedTo }
}

function sentencesOf(block: Block, isAuthority: boolean): string[] {
  const { delegatedTo } = delegateOf(block)
  if (delegatedTo !== undefined)
    return [`Delegated to the key ${quote(delegatedTo)}, and to no other`]
  const { entries, expiresAt, others } = readBlock(block)
  const rows = (isAuthority ? readGrant(block) : (entries ?? [])).flatMap(describe)
  return [
    ...rows.map(({ sentence }) => sentence),
    ...(expiresAt === undefined ? [] : [`Until ${instantWords(expiresAt)}`]),
    ...others.flatMap(conditionOf),
  ]
}

/** the checks that every grant has, in words; what nobody here knows stands as it is */
function conditionOf(check: Check): string[] {
  const [query, ...alternatives] = check.queries
  const [predicate, ...more] = query?.predicates ?? []
  const [term, ...rest] = predicate?.terms ?? []
  const isPlain = [alternatives, more, rest, query?.expressions ?? []].every((l) => l.length === 0)
  if (isPlain && predicate?.name === 'profile' && term?.type === 'integer') return []
  if (isDelegableBinding(check) && term?.type === 'string') {
    return [`Only with the key ${quote(term.value)}, or with the one that it delegates to`]
  }
  if (isPlain && term?.type === 'string') {
    if (predicate?.name === 'audience') return [`Only at ${quote(term.value)}`]
    if (predicate?.name === 'cnf_jkt') return [`Only with the key ${quote(term.value)}`]
  }
  return [`Only if ${quote(printCheck(check))}`]
}

function findName(name: string, [authority]: readonly Block[]): string | undefined {
  const term = authority?.facts.find((fact) => fact.name === name)?.terms[0]
  return term?.type === 'string' ? term.value : undefined
}
