import { noContent, ok, param, type Answer, type Call, type Route } from '../call.ts'
import { invalidArgument, notFound } from '../errors.ts'
import { toText } from '../json.ts'
import type { StoredLabel } from '../mailbox.ts'
import { labelResource, labelWithCounts } from '../resources.ts'

function list(call: Call): Answer {
  return ok({ labels: [...call.mailbox.labels.values()].map(labelResource) })
}

function get(call: Call): Answer {
  return ok(labelWithCounts(call.mailbox, requireLabel(call)))
}

function create(call: Call): Answer {
  const name = toText(call.json['name'])
  if (!name) throw invalidArgument('Invalid label name')
  return ok(labelResource(call.mailbox.addLabel(name)))
}

function update(call: Call): Answer {
  const label = requireLabel(call)
  if (label.type === 'system') throw invalidArgument('Invalid update request')
  label.name = toText(call.json['name']) ?? label.name
  label.messageListVisibility =
    toText(call.json['messageListVisibility']) ?? label.messageListVisibility
  label.labelListVisibility = toText(call.json['labelListVisibility']) ?? label.labelListVisibility
  return ok(labelResource(label))
}

function remove(call: Call): Answer {
  const label = requireLabel(call)
  if (label.type === 'system') throw invalidArgument('Invalid delete request')
  call.mailbox.labels.delete(label.id)
  for (const message of call.mailbox.messages.values()) message.labelIds.delete(label.id)
  return noContent()
}

function requireLabel(call: Call): StoredLabel {
  const label = call.mailbox.labels.get(param(call, 'id'))
  if (!label) throw notFound()
  return label
}

export const LABEL_ROUTES: readonly Route[] = [
  { name: 'labels.list', verb: 'GET', template: 'labels', method: list },
  { name: 'labels.create', verb: 'POST', template: 'labels', method: create },
  { name: 'labels.get', verb: 'GET', template: 'labels/{id}', method: get },
  { name: 'labels.update', verb: 'PUT', template: 'labels/{id}', method: update },
  { name: 'labels.patch', verb: 'PATCH', template: 'labels/{id}', method: update },
  { name: 'labels.delete', verb: 'DELETE', template: 'labels/{id}', method: remove },
]
