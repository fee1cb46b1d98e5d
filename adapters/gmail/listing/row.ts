import type { MessageFacts } from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import type { GmailMessage } from '../message.ts'
import { ageOf, toMessageFacts, withNames } from '../message-facts.ts'

/** what a listing needs of a message: enough to decide whether it is shown, and to show its row */
export interface Row {
  readonly id: string
  readonly threadId: string
  /** the only part that can change while the id stays the same */
  readonly labelIds: readonly string[]
  readonly internalDate: number
  /** what never changes; the rest is filled in when it is held against a token */
  readonly lasting: Omit<MessageFacts, 'labels' | 'ageSeconds' | 'hasAttachment'>
  /** undefined while only metadata was seen: it does not tell */
  readonly hasAttachment: boolean | undefined
  readonly resource: { readonly historyId?: string; readonly snippet?: string }
}

const NOBODY: Pick<Call, 'now' | 'names'> = { now: 0, names: new Map() }

export function toRow(message: GmailMessage, seen: 'metadata' | 'whole'): Row {
  const {
    labels: _labels,
    ageSeconds: _age,
    hasAttachment,
    ...lasting
  } = toMessageFacts(message, NOBODY)
  const { id, threadId, labelIds, internalDate } = message
  const { historyId, snippet } = message.resource
  return {
    id,
    threadId,
    labelIds,
    internalDate,
    lasting,
    hasAttachment: seen === 'whole' ? hasAttachment : undefined,
    resource: {
      ...(typeof historyId === 'string' && { historyId }),
      ...(typeof snippet === 'string' && { snippet }),
    },
  }
}

export function toRowFacts(
  { labelIds, internalDate, lasting }: Row,
  hasAttachment: boolean,
  { now, names }: Pick<Call, 'now' | 'names'>,
): MessageFacts {
  const labels = withNames(labelIds, names)
  return { ...lasting, labels, ageSeconds: ageOf(internalDate, now), hasAttachment }
}

const FIXED_BYTES = 400

/** about what a row takes of memory */
export function sizeOf({ id, threadId, labelIds, lasting, resource }: Row): number {
  const { from = '', to, cc, subject } = lasting
  const { snippet = '', historyId = '' } = resource
  const texts = [id, threadId, from, subject, snippet, historyId, ...labelIds, ...to, ...cc]
  return texts.reduce((sum, text) => sum + 24 + 2 * text.length, FIXED_BYTES)
}
