import { noContent, ok, type Answer, type Call, type Route } from '../call.ts'
import { invalidArgument, notFound } from '../errors.ts'
import type { HistoryEntry } from '../mailbox.ts'
import { countThreads } from '../resources.ts'
import { pageOf } from './listing.ts'

function getProfile(call: Call): Answer {
  const messages = [...call.mailbox.messages.values()]
  return ok({
    emailAddress: call.mailbox.account,
    messagesTotal: messages.length,
    threadsTotal: countThreads(messages),
    historyId: String(call.mailbox.historyId),
  })
}

function listHistory(call: Call): Answer {
  const start = Number(call.query.get('startHistoryId') ?? Number.NaN)
  if (!Number.isInteger(start)) throw invalidArgument('Invalid startHistoryId')
  if (start < 1) throw notFound()
  const page = pageOf(
    call,
    call.mailbox.history.filter((entry) => entry.id > start),
  )
  return ok({
    ...(page.items.length > 0 && { history: page.items.map(historyRow) }),
    ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
    historyId: String(call.mailbox.historyId),
  })
}

function historyRow(entry: HistoryEntry): Record<string, unknown> {
  const message = { id: entry.messageId, threadId: entry.threadId, labelIds: entry.labelIds }
  const changed = entry.kind.startsWith('labels')
    ? { message, labelIds: entry.labelIds }
    : { message }
  return {
    id: String(entry.id),
    messages: [{ id: entry.messageId, threadId: entry.threadId }],
    [entry.kind]: [changed],
  }
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
