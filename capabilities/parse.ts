import { z } from 'zod'
import { assertFits } from './compile.ts'
import { CapabilityError } from './errors.ts'
import type { Capability, GmailActionName, Narrowing } from './vocabulary/capability.ts'
import { CONSTRAINTS, definitionOf, entrySchema, isSending } from './vocabulary/gmail.ts'
import { closeTogether, LIMITS_TOGETHER, limitsSchema } from './vocabulary/limits.ts'
import { namesRecipients } from './vocabulary/recipients.ts'
import { list, quote } from './vocabulary/words.ts'

/** the rows of one consent page; each costs the token a branch or more */
const MAX_ENTRIES = 16
const entriesSchema = z.array(entrySchema).min(1).max(MAX_ENTRIES)

/** words of the design that this version does not know yet: a clearer answer than "unknown field" */
const LATER = ['approval']

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
  const { actions, limits } = entry
  const sending = actions.filter(isCountedTogether)
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
function isCountedTogether(action: GmailActionName): boolean {
  return definitionOf(action).constraints.some((one) => LIMITS_TOGETHER.includes(one))
}

/** a constraint that bears on none of the entry's actions would be read as a promise that nobody keeps */
function assertApplies(entry: Narrowing, index: number): void {
  const { actions } = entry
  const applicable = actions.flatMap((action) => definitionOf(action).constraints)
  // by name: a limit is a constraint of its own for every action that may carry it
  const said = new Set(applicable.filter((one) => one.isSaid(entry)).map(({ name }) => name))
  const stray = CONSTRAINTS.find((one) => one.isSaid(entry) && !said.has(one.name))
  if (stray) throw invalid(`[${index}].${stray.name}: does not apply to ${list(actions, 'or')}`)
  if (actions.includes('messages.send') && namesRecipients(entry.recipients)) {
    assertNamesStrangers(entry, index)
  }
}

function closeDefaults(entry: Narrowing, index: number): Capability {
  const { actions } = entry
  const sends = actions.some(isSending)
  return {
    ...entry,
    ...(actions.includes('messages.read') && { content: entry.content ?? 'full' }),
    ...(sends && { recipients: closeRecipients(entry, index) }),
    ...(sends && { attachments: entry.attachments ?? 'none' }),
    ...(actions.includes('labels.apply') && closeLabels(entry, index)),
  }
}

function closeLabels({ add = [], remove = [] }: Narrowing, index: number): Partial<Capability> {
  if (add.length + remove.length > 0) return { add, remove }
  throw invalid(`[${index}]: labels.apply needs the labels it may \`add\` or \`remove\``)
}

/** who may write the label that a filter looks for decides for himself what he reads */
function assertFiltersStand(capabilities: readonly Capability[]): void {
  const looked = new Set(capabilities.flatMap(({ labels }) => labels ?? []))
  for (const [index, { add = [], remove = [] }] of capabilities.entries()) {
    const changed = [...add, ...remove].find((label) => looked.has(label))
    if (changed === undefined) continue
    const field = add.includes(changed) ? 'add' : 'remove'
    throw invalid(
      `[${index}].${field}: the label ${quote(changed)} decides what may be read: it cannot be changed by the same grant`,
    )
  }
}

function closeRecipients(entry: Narrowing, index: number): Capability['recipients'] {
  const { actions, recipients } = entry
  if (actions.includes('messages.send')) assertNamesStrangers(entry, index)
  return namesRecipients(recipients) ? recipients : { ...recipients, participants: true }
}

/** a new mail has no participants and answers no sender: those words would allow nobody */
function assertNamesStrangers({ recipients }: Narrowing, index: number): void {
  if (recipients?.domains !== undefined || recipients?.addresses !== undefined) return
  throw invalid(
    `[${index}].recipients: messages.send starts a conversation: name the \`domains\` or \`addresses\` it may write to`,
  )
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'not a list of capabilities'
  const path = printPath(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return LATER.includes(key)
      ? `${path}.${key}: this version does not support it`
      : `${path}: unknown field ${quote(key)}`
  }
  return `${path === '' ? 'authorization details' : path}: ${describeProblem(issue)}`
}

function describeProblem(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String)
    return issue.path.includes('actions')
      ? `this version supports ${list(values, 'and')}`
      : `expected ${list(values, 'or')}`
  }
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
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
