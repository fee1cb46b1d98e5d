import type { GmailAction, MessageFacts } from '../../../capabilities/index.ts'
import type { Approvable } from '../../operation.ts'
import type { ApprovalRow } from '../../ports.ts'
import type { Changeable } from '../changes/changeable.ts'
import type { LabelIds } from '../changes/label-change.ts'
import { shorten } from '../../shorten.ts'

/** so many messages are named; the others are counted */
const MAX_NAMED = 5

/** labels or a place of these very messages: one more is another action */
export function askForLabels(
  messages: readonly Changeable[],
  { add, remove }: LabelIds,
  names: ReadonlyMap<string, string>,
): Approvable {
  const wordsOf = (ids: readonly string[]): string =>
    shorten(ids.map((id) => names.get(id) ?? id).join(', '))
  return {
    action: { messages: idsOf(messages), add: [...add].sort(), remove: [...remove].sort() },
    card: {
      title: `Change the labels of ${countWords(messages.length)}`,
      rows: [
        ...(add.length > 0
          ? [{ label: 'Put on', value: wordsOf(add), from: 'agent' } as const]
          : []),
        ...(remove.length > 0
          ? [{ label: 'Take off', value: wordsOf(remove), from: 'agent' } as const]
          : []),
        ...messageRows(messages),
      ],
    },
  }
}

export function askForTrash(
  messages: readonly Changeable[],
  verb: 'trash' | 'untrash',
): Approvable {
  const what = countWords(messages.length)
  return {
    action: { messages: idsOf(messages), verb },
    card: {
      title: verb === 'trash' ? `Move ${what} to the trash` : `Take ${what} back out of the trash`,
      rows: messageRows(messages),
    },
  }
}

function idsOf(messages: readonly Changeable[]): string[] {
  return messages.map(({ message }) => message.id).sort()
}

function messageOf(action: GmailAction): MessageFacts | undefined {
  return 'message' in action ? action.message : undefined
}

function countWords(number: number): string {
  return number === 1 ? 'a message' : `${number} messages`
}

function messageRows(messages: readonly Changeable[]): ApprovalRow[] {
  const rows = messages.slice(0, MAX_NAMED).map(({ action }): ApprovalRow => {
    const { subject = '', from = 'nobody' } = messageOf(action) ?? {}
    return { label: 'Message', value: `${shorten(subject)} (from ${from})`, from: 'provider' }
  })
  const more = messages.length - rows.length
  return more > 0 ? [...rows, { label: 'And', value: `${more} more`, from: 'front' }] : rows
}
