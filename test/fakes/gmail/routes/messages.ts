import { noContent, ok, param, viewOf, type Answer, type Call, type Route } from '../call.ts'
import { invalidArgument } from '../errors.ts'
import { toText, toTexts } from '../json.ts'
import type { StoredMessage } from '../mailbox.ts'
import { findPart } from '../mime/part.ts'
import { messageResource, toBase64Url } from '../resources.ts'
import { sendMail } from '../send.ts'
import { readMedia } from '../uploads.ts'
import { pageOf, selectMessages } from './listing.ts'

function list(call: Call): Answer {
  const page = pageOf(call, selectMessages(call))
  return ok({
    ...(page.items.length > 0 && {
      messages: page.items.map(({ id, threadId }) => ({ id, threadId })),
    }),
    ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
    resultSizeEstimate: page.resultSizeEstimate,
  })
}

function get(call: Call): Answer {
  return ok(messageResource(requireMessage(call), viewOf(call)))
}

function getAttachment(call: Call): Answer {
  requireMessage(call)
  // the id alone says which bytes: an unguarded front can be asked for another message's attachment
  const reference = call.attachmentIds.resolve(param(call, 'attachmentId'))
  const message = reference && call.mailbox.messages.get(reference.messageId)
  const part = message && findPart(message.root, reference.partId)
  if (!part) throw invalidArgument('Invalid attachment token')
  return ok({ size: part.content.length, data: toBase64Url(part.content) })
}

async function send(call: Call): Promise<Answer> {
  const message = await sendMail(call, readMedia(call), call.json)
  return ok(brief(message))
}

function modify(call: Call): Answer {
  const message = requireMessage(call)
  changeLabels(call, [message])
  return ok(brief(message))
}

function batchModify(call: Call): Answer {
  changeLabels(call, knownMessages(call))
  return noContent()
}

function changeLabels(call: Call, messages: readonly StoredMessage[]): void {
  const change = {
    add: toTexts(call.json['addLabelIds']),
    remove: toTexts(call.json['removeLabelIds']),
  }
  if (change.add.length + change.remove.length === 0) {
    throw invalidArgument('No label add or removes specified')
  }
  for (const message of messages) call.mailbox.changeLabels(message, change)
}

function trash(call: Call): Answer {
  const message = requireMessage(call)
  call.mailbox.changeLabels(message, { add: ['TRASH'], remove: ['INBOX'] })
  return ok(brief(message))
}

function untrash(call: Call): Answer {
  const message = requireMessage(call)
  call.mailbox.changeLabels(message, { remove: ['TRASH'] })
  return ok(brief(message))
}

function remove(call: Call): Answer {
  call.mailbox.deleteMessage(requireMessage(call))
  return noContent()
}

function batchDelete(call: Call): Answer {
  for (const message of knownMessages(call)) call.mailbox.deleteMessage(message)
  return noContent()
}

/** insert and import: mail "from anyone", in any thread, with any label and date */
function put(call: Call): Answer {
  const raw = readMedia(call)
  const date = /^Date:\s*(.+)$/im.exec(raw.toString('latin1'))?.[1]
  const dated = call.query.get('internalDateSource') === 'dateHeader' && date !== undefined
  const message = call.mailbox.addMessage({
    raw,
    threadId: toText(call.json['threadId']),
    labelIds: toTexts(call.json['labelIds']),
    ...(dated && { internalDate: Date.parse(date) }),
  })
  return ok(brief(message))
}

function requireMessage(call: Call): StoredMessage {
  return call.mailbox.requireMessage(param(call, 'id'))
}

/** the batch methods pass over ids that do not exist */
function knownMessages(call: Call): StoredMessage[] {
  const ids = toTexts(call.json['ids'])
  if (ids.length > 1000) throw invalidArgument('Too many message ids; the limit is 1000')
  return ids.flatMap((id) => call.mailbox.messages.get(id) ?? [])
}

export function brief(message: StoredMessage): Record<string, unknown> {
  return { id: message.id, threadId: message.threadId, labelIds: [...message.labelIds] }
}

export const MESSAGE_ROUTES: readonly Route[] = [
  { name: 'messages.list', verb: 'GET', template: 'messages', method: list },
  { name: 'messages.insert', verb: 'POST', template: 'messages', method: put },
  { name: 'messages.import', verb: 'POST', template: 'messages/import', method: put },
  { name: 'messages.send', verb: 'POST', template: 'messages/send', method: send },
  {
    name: 'messages.batchModify',
    verb: 'POST',
    template: 'messages/batchModify',
    method: batchModify,
  },
  {
    name: 'messages.batchDelete',
    verb: 'POST',
    template: 'messages/batchDelete',
    method: batchDelete,
  },
  { name: 'messages.get', verb: 'GET', template: 'messages/{id}', method: get },
  { name: 'messages.delete', verb: 'DELETE', template: 'messages/{id}', method: remove },
  { name: 'messages.modify', verb: 'POST', template: 'messages/{id}/modify', method: modify },
  { name: 'messages.trash', verb: 'POST', template: 'messages/{id}/trash', method: trash },
  { name: 'messages.untrash', verb: 'POST', template: 'messages/{id}/untrash', method: untrash },
  {
    name: 'messages.attachments.get',
    verb: 'GET',
    template: 'messages/{id}/attachments/{attachmentId}',
    method: getAttachment,
  },
]
