import { noContent, ok, param, viewOf, type Answer, type Call, type Route } from '../call.ts'
import { invalidArgument, notFound } from '../errors.ts'
import { toObject, toText, type JsonObject } from '../json.ts'
import { newId, type StoredMessage } from '../mailbox.ts'
import { messageResource } from '../resources.ts'
import { sendMail } from '../send.ts'
import { readMedia } from '../uploads.ts'
import { pageOf } from './listing.ts'
import { brief } from './messages.ts'

function list(call: Call): Answer {
  const drafts = [...call.mailbox.drafts].map(([id, messageId]) => ({
    id,
    message: { id: messageId, threadId: call.mailbox.messages.get(messageId)?.threadId },
  }))
  const page = pageOf(call, drafts)
  return ok({
    ...(page.items.length > 0 && { drafts: page.items }),
    ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
    resultSizeEstimate: page.resultSizeEstimate,
  })
}

function get(call: Call): Answer {
  const message = requireDraft(call, param(call, 'id'))
  return ok({ id: param(call, 'id'), message: messageResource(message, viewOf(call)) })
}

function create(call: Call): Answer {
  const id = `r-${BigInt(`0x${newId()}`)}`
  const message = addDraftMessage(call)
  call.mailbox.drafts.set(id, message.id)
  return ok({ id, message: brief(message) })
}

/** the draft keeps its id and gets a new message */
function update(call: Call): Answer {
  const id = param(call, 'id')
  const old = requireDraft(call, id)
  const message = addDraftMessage(call, old.threadId)
  call.mailbox.deleteMessage(old)
  call.mailbox.drafts.set(id, message.id)
  return ok({ id, message: brief(message) })
}

/** by id what the draft holds now, or a message that came inline */
async function send(call: Call): Promise<Answer> {
  const id = toText(call.json['id'])
  const inline = messageOf(call)
  const hasInline = call.media !== undefined || inline['raw'] !== undefined
  if (id === undefined && !hasInline) throw invalidArgument('Missing draft')
  const draft = id === undefined ? undefined : requireDraft(call, id)
  const raw = hasInline || !draft ? readMedia(call, inline) : draft.raw
  const threadId = toText(inline['threadId']) ?? draft?.threadId
  const message = await sendMail(call, raw, { ...inline, threadId })
  if (draft && id !== undefined) {
    call.mailbox.deleteMessage(draft)
    call.mailbox.drafts.delete(id)
  }
  return ok(brief(message))
}

function remove(call: Call): Answer {
  const id = param(call, 'id')
  call.mailbox.deleteMessage(requireDraft(call, id))
  call.mailbox.drafts.delete(id)
  return noContent()
}

function addDraftMessage(call: Call, threadId?: string): StoredMessage {
  const inline = messageOf(call)
  return call.mailbox.addMessage({
    raw: readMedia(call, inline),
    threadId: toText(inline['threadId']) ?? threadId,
    labelIds: ['DRAFT'],
    internalDate: call.now,
  })
}

function messageOf(call: Call): JsonObject {
  return toObject(call.json['message'])
}

function requireDraft(call: Call, id: string): StoredMessage {
  const message = call.mailbox.messages.get(call.mailbox.drafts.get(id) ?? '')
  if (!message) throw notFound()
  return message
}

export const DRAFT_ROUTES: readonly Route[] = [
  { name: 'drafts.list', verb: 'GET', template: 'drafts', method: list },
  { name: 'drafts.create', verb: 'POST', template: 'drafts', method: create },
  { name: 'drafts.send', verb: 'POST', template: 'drafts/send', method: send },
  { name: 'drafts.get', verb: 'GET', template: 'drafts/{id}', method: get },
  { name: 'drafts.update', verb: 'PUT', template: 'drafts/{id}', method: update },
  { name: 'drafts.delete', verb: 'DELETE', template: 'drafts/{id}', method: remove },
]
