import { z } from 'zod'
import { assertFits } from './compile.ts'
import { CapabilityError } from './errors.ts'
import { strayConditions } from './vocabulary/alternatives.ts'
import {
  PROVIDERS,
  type Capability,
  type Narrowing,
  type ProviderType,
} from './vocabulary/capability.ts'
import { assertFiltersStand, assertNamesStrangers, closeDefaults } from './vocabulary/closing.ts'
import type { Constraint } from './vocabulary/constraint.ts'
import { HUBSPOT_OBJECTS, HUBSPOT_VERBS } from './vocabulary/hubspot-action.ts'
import { objectOf } from './vocabulary/hubspot.ts'
import { closeTogether, LIMITS_TOGETHER, limitsSchema } from './vocabulary/limits.ts'
import { namesRecipients } from './vocabulary/recipients.ts'
import { definitionOf, vocabularyOf } from './vocabulary/vocabularies.ts'
import { list, quote } from './vocabulary/words.ts'

/** the rows of one consent page; each costs the token a branch or more */
const MAX_ENTRIES = 16
const typedSchema = z.looseObject({ type: z.enum(PROVIDERS) })
const entriesSchema = z
  .array(
    z.unknown().transform((entry, context): Narrowing => {
      // the type first: what else an entry may say depends on it
      const typed = typedSchema.safeParse(entry)
      const parsed = typed.success
        ? vocabularyOf(typed.data.type).entrySchema.safeParse(entry)
        : typed
      if (parsed.success) return parsed.data as Narrowing
      for (const issue of parsed.error.issues)
        context.issues.push({ ...issue, input: entry } as z.core.$ZodRawIssue)
      return z.NEVER
    }),
  )
  .min(1)
  .max(MAX_ENTRIES)

/**
 * A grant's or a client's `authorization_details`: strict, normalised, and with the closed defaults filled in. A reply goes to
 * the participants, nothing is attached, unless the entry says more.
 *
 * @throws CapabilityError `invalid_capability`, naming the path and what is allowed there
 * @example
 * const capabilities = parseCapabilities([
 *   { type: 'gmail', actions: ['messages.read'], from: { domains: ['ACME.com'] } },
 * ])
 * // [{ type: 'gmail', actions: ['messages.read'], from: { domains: ['acme.com'] }, content: 'full' }]
 */
export function parseCapabilities(json: unknown): Capability[] {
  const capabilities = parseEntries(json).map(closeDefaults)
  assertFiltersStand(capabilities)
  assertFits(capabilities)
  return capabilities
}

/**
 * Attenuation entries: the same vocabulary, nothing filled in. What an entry leaves unsaid stays as its parent has it.
 *
 * @throws CapabilityError `invalid_capability`
 * @example
 * const entries = parseNarrowing([
 *   { type: 'gmail', actions: ['messages.read'], threads: ['18c2f0a1d2b3c4e5'] },
 * ])
 */
export function parseNarrowing(json: unknown): Narrowing[] {
  return parseEntries(json)
}

function parseEntries(json: unknown): Narrowing[] {
  const parsed = entriesSchema.safeParse(json)
  if (!parsed.success) throw invalid(describeIssue(parsed.error.issues[0]))
  const entries = parsed.data.map(closeLimits)
  entries.forEach(assertApplies)
  return entries
}

/** in an attenuation too: an entry for replies and new e-mail says one number for both */
function closeLimits(entry: Narrowing, index: number): Narrowing {
  const { type, actions, limits } = entry
  const sending = actions.filter((action) => isCountedTogether(constraintsOf(type, action)))
  if (sending.length === 0 && limits?.some(({ together }) => together)) {
    throw invalid(`[${index}].limits: \`together\` is about replies and new mail`)
  }
  if (limits === undefined || sending.length < 2) return entry
  const closed = limitsSchema.safeParse(closeTogether(limits))
  if (closed.success) return { ...entry, limits: closed.data }
  const [issue] = closed.error.issues
  throw invalid(describeIssue(issue && { ...issue, path: [index, 'limits', ...issue.path] }))
}

/** what sends; what only prepares it, or is not counted, doubles no number */
function isCountedTogether(constraints: readonly Constraint[]): boolean {
  return constraints.some((one) => LIMITS_TOGETHER.includes(one))
}

function constraintsOf(
  type: ProviderType,
  action: Narrowing['actions'][number],
): readonly Constraint[] {
  return definitionOf(type, action).constraints
}

/** a constraint that bears on none of the entry's actions would be read as a promise that nobody keeps */
function assertApplies(entry: Narrowing, index: number): void {
  const { type, actions, approval, amount, limits } = entry
  const applicable = actions.flatMap((action) => constraintsOf(type, action))
  // by name: a limit is a constraint of its own for every action that may carry it
  const said = new Set(applicable.filter((one) => one.isSaid(entry)).map(({ name }) => name))
  const stray = vocabularyOf(type).constraints.find(
    (one) => one.isSaid(entry) && !said.has(one.name),
  )
  if (stray) throw invalid(`[${index}].${stray.name}: does not apply to ${list(actions, 'or')}`)
  const [idle] = strayConditions(approval, applicable)
  if (idle) throw invalid(`[${index}].approval.${idle}: does not apply to ${list(actions, 'or')}`)
  if (approval !== 'always' && approval?.amount_over !== undefined && amount === undefined) {
    throw invalid(`[${index}].approval.amount_over: say the \`amount\` too, with its currency`)
  }
  const foreign = limits?.find(
    ({ currency }) =>
      currency !== undefined && amount !== undefined && currency !== amount.currency,
  )
  if (foreign) {
    throw invalid(
      `[${index}].limits: an entry is of one currency: \`amount\` has ${quote(amount?.currency ?? '')}`,
    )
  }
  if (
    limits?.some(({ over }) => over === 'ask') &&
    !actions.every((action) => isAsked(constraintsOf(type, action)))
  ) {
    throw invalid(`[${index}].limits: what is only read is not asked for: leave out \`over\``)
  }
  if (actions.includes('messages.send') && namesRecipients(entry.recipients)) {
    assertNamesStrangers(entry, index)
  }
}

/** what a buyer can be asked for */
function isAsked(constraints: readonly Constraint[]): boolean {
  return constraints.some(({ name }) => name === 'approval')
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'not a list of capabilities'
  const path = printPath(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return `${path}: unknown field ${quote(key)}`
  }
  return `${path === '' ? 'authorization details' : path}: ${describeProblem(issue)}`
}

function describeProblem(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String)
    return issue.path.includes('actions')
      ? `this version supports ${supported(values)}`
      : `expected ${list(values, 'or')}`
  }
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
}

/** what each kind of record has is said once */
function supported(actions: readonly string[]): string {
  const others = actions.filter((action) => objectOf(action) === undefined)
  if (others.length === actions.length) return list(actions, 'and')
  const verbs = HUBSPOT_VERBS.map((verb) => `<object>.${verb}`)
  return `${list([...verbs, ...others], 'and')}, where <object> is ${list(HUBSPOT_OBJECTS, 'or')}`
}

function printPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

function invalid(message: string): CapabilityError {
  return new CapabilityError('invalid_capability', message)
}
