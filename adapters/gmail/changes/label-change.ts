import type { GmailAction, LabelChange, MessageFacts } from '../../../capabilities/index.ts'
import type { Call, Decoded, UpstreamCall } from '../../operation.ts'
import type { Refusal } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { decoding, fail, readJsonBody } from '../json-body.ts'
import type { GmailMessage } from '../message.ts'
import { decodeQuery, NO_PARAMETERS } from '../parameters.ts'

/** label ids, as Gmail's own requests have them */
export interface LabelIds {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

export interface LabelRequest extends LabelIds {
  /** of the messages; only `batchModify` has them in its body */
  readonly ids: readonly string[]
}

export const MAX_LABEL_BODY: number = 256 * 1024

/** without `^`, by which Gmail's own spelling of places and states begins */
export const LABEL_ID: RegExp = /^[A-Za-z0-9_-]{1,128}$/
const MESSAGE_ID = /^[A-Za-z0-9_-]{1,128}$/
/** Gmail's own bounds */
const MAX_LABELS = 100
const MAX_IDS = 1000

export function decodeLabelRequest(
  request: Snapshot,
  options: { readonly withIds: boolean },
): Decoded<LabelRequest> {
  const query = decodeQuery(request, NO_PARAMETERS)
  if (!query.ok) return query
  const known = ['addLabelIds', 'removeLabelIds', ...(options.withIds ? ['ids'] : [])]
  return decoding(() => {
    const fields = readJsonBody(request, known)
    const add = readIds(fields, 'addLabelIds', LABEL_ID, MAX_LABELS)
    const remove = readIds(fields, 'removeLabelIds', LABEL_ID, MAX_LABELS)
    if (add.length + remove.length === 0) fail('name labels in addLabelIds or removeLabelIds')
    if (add.some((label) => remove.includes(label))) fail('a label is both added and removed')
    const ids = options.withIds ? readIds(fields, 'ids', MESSAGE_ID, MAX_IDS) : []
    if (options.withIds && ids.length === 0) fail('ids must name at least one message')
    return { add, remove, ids }
  })
}

function readIds(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  grammar: RegExp,
  max: number,
): string[] {
  const value = fields[name] ?? []
  if (!Array.isArray(value) || value.length > max) {
    return fail(`${name} must be a list of at most ${max} ids`)
  }
  const ids = value.map((id: unknown) =>
    typeof id === 'string' && grammar.test(id) ? id : fail(`${name} holds something that is no id`),
  )
  return [...new Set(ids)]
}

export function toLabelAction(
  { add, remove }: LabelIds,
  { names }: Pick<Call, 'names'>,
): (message: MessageFacts) => GmailAction {
  const wordsOf = (id: string): string[] => [id, ...[names.get(id) ?? []].flat()]
  const change: LabelChange = { added: add.map(wordsOf), removed: remove.map(wordsOf) }
  return (message) => ({ operation: 'gmail.labels.apply', message, change })
}

/**
 * Label a hidden mail as the filter wants it, then read it: a label that some block of the token filters by cannot be changed
 * with that token, whatever its rights say.
 */
export function findFilterLabel(
  { add, remove }: LabelIds,
  { names, filterLabels }: Pick<Call, 'names' | 'filterLabels'>,
): Refusal | undefined {
  const changed = [...add, ...remove].find(
    (id) => filterLabels.includes(id) || filterLabels.includes(names.get(id) ?? id),
  )
  if (changed === undefined) return undefined
  return {
    code: 'denied',
    message: `the label ${changed} decides what this access may read, so it can not be changed with it`,
    reason: 'filter_label',
  }
}

/** INVARIANT: names each message that was decided on. A message that comes meanwhile is not among them */
export function planLabels(ids: readonly string[], { add, remove }: LabelIds): UpstreamCall {
  return {
    method: 'POST',
    path: ['messages', 'batchModify'],
    contentType: 'application/json',
    body: JSON.stringify({ ids, addLabelIds: add, removeLabelIds: remove }),
  }
}

/** a message's labels after the change */
export function labelsAfter({ labelIds }: GmailMessage, { add, remove }: LabelIds): string[] {
  return [...new Set([...labelIds, ...add])].filter((label) => !remove.includes(label))
}
