import { noContent, ok, param, viewOf, type Answer, type Call, type Route } from '../call.ts'
import { toTexts } from '../json.ts'
import type { StoredMessage } from '../mailbox.ts'
import { threadResource, threadRow } from '../resources.ts'
import { pageOf, selectMessages } from './listing.ts'

/** a thread is listed when any of its messages matches */
function list(call: Call): Answer {
  const threadIds = [...new Set(selectMessages(call).map((message) => message.threadId))]
  const page = pageOf(call, threadIds)
  return ok({
    ...(page.items.length > 0 && {
      threads: page.items.map((id) => threadRow(call.mailbox.threadMessages(id))),
    }),
    ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
    resultSizeEstimate: page.resultSizeEstimate,
  })
}

function get(call: Call): Answer {
  return ok(threadResource(requireThread(call), viewOf(call)))
}

function modify(call: Call): Answer {
  return change(call, {
    add: toTexts(call.json['addLabelIds']),
    remove: toTexts(call.json['removeLabelIds']),
  })
}

function trash(call: Call): Answer {
  return change(call, { add: ['TRASH'], remove: ['INBOX'] })
}

function untrash(call: Call): Answer {
  return change(call, { remove: ['TRASH'] })
}

function change(call: Call, labels: { add?: string[]; remove?: string[] }): Answer {
  const messages = requireThread(call)
  for (const message of messages) call.mailbox.changeLabels(message, labels)
  return ok({
    id: param(call, 'id'),
    messages: messages.map(({ id, threadId, labelIds }) => ({
      id,
      threadId,
      labelIds: [...labelIds],
    })),
  })
}

function remove(call: Call): Answer {
  for (const message of requireThread(call)) call.mailbox.deleteMessage(message)
  return noContent()
}

function requireThread(call: Call): StoredMessage[] {
  return call.mailbox.requireThread(param(call, 'id'))
}

export const THREAD_ROUTES: readonly Route[] = [
  { name: 'threads.list', verb: 'GET', template: 'threads', method: list },
  { name: 'threads.get', verb: 'GET', template: 'threads/{id}', method: get },
  { name: 'threads.delete', verb: 'DELETE', template: 'threads/{id}', method: remove },
  { name: 'threads.modify', verb: 'POST', template: 'threads/{id}/modify', method: modify },
  { name: 'threads.trash', verb: 'POST', template: 'threads/{id}/trash', method: trash },
  { name: 'threads.untrash', verb: 'POST', template: 'threads/{id}/untrash', method: untrash },
]
