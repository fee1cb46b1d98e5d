import { noContent, ok, type Answer, type Call, type Route } from '../call.ts'
import { invalidArgument, notFound } from '../errors.ts'
import type { HistoryEntry } from '../mailbox.ts'
import { countThreads } from '../resources.ts'
import { pageOf } from './listing.ts'

function getProfile(call: Call): Answer {
  const messages = [...call.mailbox.messages.values()]
  return ok({
    emailAddress: call.account,
    messagesTotal: messages.length,
    threadsTotal: countThreads(messages),
    historyId: String(call.mailbox.historyId),
  })
}

const HISTORY_TYPES: Readonly<Record<string, HistoryEntry['kind']>> = {
  messageAdded: 'messagesAdded',
  messageDeleted: 'messagesDeleted',
  labelAdded: 'labelsAdded',
  labelRemoved: 'labelsRemoved',
}

/** changes after `startHistoryId`, oldest first; an id from before what is remembered is not found */
function listHistory(call: Call): Answer {
  const start = call.query.get('startHistoryId') ?? '0'
  if (!/^\d{1,20}$/.test(start)) throw invalidValue('start_history_id', 'TYPE_UINT64', start)
  const changes = call.mailbox.historySince(Number(start))
  if (!changes) throw notFound()
  const kinds = call.query.getAll('historyTypes').map(toKind)
  const labelId = call.query.get('labelId')
  const page = pageOf(
    call,
    changes
      .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
      .filter(({ labelIds }) => labelId === null || labelIds.includes(labelId)),
  )
  return ok({
    ...(page.items.length > 0 && { history: page.items.map(historyRow) }),
    ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
    historyId: String(call.mailbox.historyId),
  })
}

/** the parameter speaks in the singular, the answer in the plural */
function toKind(type: string): HistoryEntry['kind'] {
  const kind = HISTORY_TYPES[type]
  if (kind === undefined) {
    throw invalidValue('history_types', 'type.googleapis.com/gmail.v1.HistoryType', type)
  }
  return kind
}

function invalidValue(field: string, type: string, value: string): Error {
  return invalidArgument(`Invalid value at '${field}' (${type}), "${value}"`)
}

function historyRow(entry: HistoryEntry): Record<string, unknown> {
  const { id, kind, messageId, threadId, labelIds, changedLabelIds } = entry
  const message = { id: messageId, threadId, labelIds }
  const changed = kind.startsWith('labels') ? { message, labelIds: changedLabelIds } : { message }
  return { id: String(id), messages: [{ id: messageId, threadId }], [kind]: [changed] }
}

/** from now on every change is announced to a topic of the caller's choice */
function watch(call: Call): Answer {
  call.mailbox.settings.watch = { ...call.json }
  return ok({
    historyId: String(call.mailbox.historyId),
    expiration: String(call.now + 7 * 86_400_000),
  })
}

function stop(call: Call): Answer {
  call.mailbox.settings.watch = undefined
  return noContent()
}

export const ACCOUNT_ROUTES: readonly Route[] = [
  { name: 'getProfile', verb: 'GET', template: 'profile', method: getProfile },
  { name: 'history.list', verb: 'GET', template: 'history', method: listHistory },
  { name: 'watch', verb: 'POST', template: 'watch', method: watch },
  { name: 'stop', verb: 'POST', template: 'stop', method: stop },
]
