import type { GmailAction, MessageFacts } from '../../../capabilities/index.ts'
import type { Call, EffectOperation, Projected } from '../../operation.ts'
import { mapLimited } from '../filtered-page.ts'
import { METADATA } from '../listing/listed-rows.ts'
import { isRecord, parseMessage, type GmailMessage } from '../message.ts'
import { keepChangeable, toChangeable, type Changeable } from './changeable.ts'
import { lookUp, lookUpThread } from './look-up.ts'

type Tidy = Parameters<NonNullable<EffectOperation<unknown, unknown>['afterwards']>>[3]

export function toTrashAction(message: MessageFacts): GmailAction {
  return { operation: 'gmail.messages.trash', message }
}

/**
 * What this grant put into the trash, seen as it lay before. INVARIANT: nothing else comes back out of the trash: what its
 * owner threw away no grant reads, and taking it out would let one read it.
 */
export async function readOwnTrashed(id: string, call: Call): Promise<Changeable | undefined> {
  const message = await lookUp(id, call)
  if (message === undefined) return undefined
  const [own] = await keepOwnTrashed([message], call)
  return own && toChangeable(own, toTrashAction, call)
}

export async function readOwnTrashedThread(id: string, call: Call): Promise<readonly Changeable[]> {
  const own = await keepOwnTrashed(await lookUpThread(id, call), call)
  return keepChangeable(own, toTrashAction, call)
}

async function keepOwnTrashed(
  messages: readonly GmailMessage[],
  call: Call,
): Promise<GmailMessage[]> {
  const trashed = messages.filter(({ labelIds }) => labelIds.includes('TRASH'))
  const ids = trashed.map(({ id }) => id)
  const own = await call.ownItems.among(call.grantId, 'trashed', ids)
  return trashed
    .filter(({ id, resource: { historyId } }) =>
      own.some((item) => item.id === id && item.detail['historyId'] === historyId),
    )
    .map((message) => ({ ...message, labelIds: withoutTrash(message) }))
}

function withoutTrash({ labelIds }: GmailMessage): string[] {
  return labelIds.filter((label) => label !== 'TRASH')
}

const CONCURRENT_READS = 8

/**
 * Who it was that trashed them is known only from here on, as long as nothing else happens to them: what its owner took out
 * and threw away again was thrown away by its owner. What cannot be remembered stays in the trash for him.
 */
export async function rememberTrashed(
  ids: readonly string[],
  call: Call,
  tidy: Tidy,
): Promise<void> {
  const items = await mapLimited(ids, CONCURRENT_READS, async (id) => {
    const answer = await tidy({ method: 'GET', path: ['messages', id], query: METADATA })
    const historyId = historyOf(answer)
    return historyId === undefined ? [] : [{ id, detail: { historyId } }]
  })
  await call.ownItems.remember(call.grantId, 'trashed', items.flat())
}

/** of the message's latest change: Gmail counts every one of them, whoever makes it */
function historyOf(answer: unknown): string | undefined {
  if (answer === undefined) return undefined
  const { labelIds, resource } = parseMessage(answer)
  const { historyId } = resource
  return labelIds.includes('TRASH') && typeof historyId === 'string' ? historyId : undefined
}

export async function forgetTrashed(ids: readonly string[], call: Call): Promise<void> {
  for (const id of ids) await call.ownItems.take(call.grantId, 'trashed', id)
}

/** of Gmail's answer, a message resource, what every agent may see of a message that it may see */
export function projectBrief(response: unknown, { id, threadId }: GmailMessage): Projected {
  const labelIds = isRecord(response) ? response['labelIds'] : undefined
  const labels = Array.isArray(labelIds) ? labelIds.filter((one) => typeof one === 'string') : []
  return { ok: true, body: { id, threadId, labelIds: labels } }
}
