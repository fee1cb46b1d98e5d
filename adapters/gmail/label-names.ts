import type { VerifiedToken } from '../../capabilities/index.ts'
import { changeableLabelsIn, labelsNamedIn } from '../../capabilities/index.ts'
import { isRecord, unexpected } from './message.ts'
import type { Call } from '../operation.ts'

/** label id -> the name its owner gave it */
type LabelNames = ReadonlyMap<string, string>

const SYSTEM =
  /^(?:INBOX|SPAM|TRASH|UNREAD|STARRED|IMPORTANT|SENT|DRAFT|CHAT|CATEGORY_[A-Z]+|Label_\d+)$/
const BELIEVED_MS = 60_000

/**
 * A grant speaks of labels as their owner does, by name, while messages carry ids. Only a token that names a label by
 * something else than an id costs this extra question. An agent cannot rename a label, so a minute of memory is harmless.
 */
export function readLabelNames(
  token: VerifiedToken,
  call: Pick<Call, 'reader' | 'remember'>,
): Promise<LabelNames> | undefined {
  const spokenOf = [...labelsNamedIn(token.blocks), ...changeableLabelsIn(token.blocks)]
  if (spokenOf.every((label) => SYSTEM.test(label))) return undefined
  return call.remember('labels', BELIEVED_MS, async () =>
    toNames(await call.reader.read(['labels'])),
  )
}

function toNames(answer: unknown): LabelNames {
  const labels = isRecord(answer) ? (answer['labels'] ?? []) : undefined
  if (!Array.isArray(labels)) throw unexpected('labels are not a list')
  return new Map(
    labels.flatMap((label: unknown) => {
      if (!isRecord(label)) return []
      const { id, name } = label
      return typeof id === 'string' && typeof name === 'string'
        ? [[id, name.normalize('NFC')] as const]
        : []
    }),
  )
}
