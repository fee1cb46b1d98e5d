import { associateNew, readSpecs } from '../association-requests.ts'
import { batchAnswer, eachInput, inputsOf, missing } from '../batches.ts'
import { effect, noContent, read, typeOf, type Answer, type Call, type Route } from '../call.ts'
import { badRequest } from '../errors.ts'
import { toText, toTexts } from '../json.ts'
import { definitionsOf } from '../property-definitions.ts'
import { readValues, requireTime } from '../property-values.ts'
import { BARE, recordView } from '../views.ts'
import { named } from './objects.ts'

/** the records of one type, up to a hundred at a time */
export const BATCH_ROUTES: readonly Route[] = [
  read('batch.read', 'POST {type}/batch/read', readMany),
  effect('batch.create', 'POST {type}/batch/create', createMany),
  effect('batch.update', 'POST {type}/batch/update', updateMany),
  effect('batch.upsert', 'POST {type}/batch/upsert', upsertMany),
  effect('batch.archive', 'POST {type}/batch/archive', archiveMany),
]

function readMany(call: Call): Answer {
  const type = typeOf(call)
  const { crm, json } = call
  const idProperty = toText(json['idProperty'])
  const withHistory = toTexts(json['propertiesWithHistory'])
  const properties = toTexts(json['properties'])
  const shown = {
    properties: properties.length > 0 ? properties : undefined,
    withHistory,
    associations: [],
  }
  const isArchived = call.query.get('archived') === 'true'
  const ids = inputsOf(call, withHistory.length > 0 ? 50 : 100).map(({ id }) => toText(id) ?? '')
  const asked = [...new Set(ids)].map((id) => ({ id, record: named(crm, type, id, idProperty) }))
  const isThere = (one: (typeof asked)[number]): boolean =>
    one.record !== undefined && (one.record.archivedAt !== undefined) === isArchived
  const found = asked.filter(isThere).flatMap(({ record }) => record ?? [])
  const lost = asked.filter((one) => !isThere(one)).map(({ id }) => id)
  const views = [...new Set(found)].map((record) => recordView(crm, record, shown))
  return batchAnswer(call, 200, views, missing(lost))
}

function createMany(call: Call): Answer {
  const type = typeOf(call)
  const { results, errors } = eachInput(inputsOf(call), (input) => {
    const values = readValues(type, input['properties'])
    requireTime(type, values)
    const links = readSpecs(call.crm, type, input['associations'])
    const record = call.crm.create(type, values)
    associateNew(call.crm, record, links)
    return recordView(call.crm, record, { ...BARE, properties: Object.keys(values) })
  })
  return batchAnswer(call, 201, results, errors)
}

/** ids that are not there are an error beside the others; the others are written */
function updateMany(call: Call): Answer {
  const type = typeOf(call)
  const inputs = inputsOf(call)
  const ids = inputs.map(({ id }) => toText(id) ?? '')
  if (new Set(ids).size < ids.length) throw badRequest('One object stands twice in the batch')
  const lost: string[] = []
  const { results, errors } = eachInput(inputs, (input) => {
    const idProperty = toText(input['idProperty'])
    if (idProperty === 'hs_object_id') {
      throw badRequest(`Unable to update by non-unique ${type.id} property hs_object_id`)
    }
    const values = readValues(type, input['properties'])
    const id = toText(input['id']) ?? ''
    const record = named(call.crm, type, id, idProperty)
    if (!record || record.archivedAt !== undefined) {
      lost.push(id)
      return undefined
    }
    call.crm.update(record, values)
    return recordView(call.crm, record, { ...BARE, properties: Object.keys(values) })
  })
  const done = results.filter((one) => 'id' in Object(one))
  return batchAnswer(call, 200, done, [...errors, ...missing(lost)])
}

/** `new` tells whether the record was there before, to whoever asks */
function upsertMany(call: Call): Answer {
  const type = typeOf(call)
  const { results, errors } = eachInput(inputsOf(call), (input) => {
    const idProperty = toText(input['idProperty'])
    const id = toText(input['id']) ?? ''
    const definition = definitionsOf(type.id).get(idProperty ?? '')
    if (!definition?.isUnique || definition.isReadOnly) {
      throw badRequest(`Unable to upsert by non-unique ${type.id} property ${idProperty}`)
    }
    const values = { ...readValues(type, input['properties']) }
    const before = named(call.crm, type, id, definition.name)
    const isNew = !before || before.archivedAt !== undefined
    if (isNew) requireTime(type, values)
    const record = isNew
      ? call.crm.create(type, { [definition.name]: id, ...values })
      : call.crm.update(before, values)
    const view = recordView(call.crm, record, { ...BARE, properties: Object.keys(values) })
    return { ...view, new: isNew }
  })
  return batchAnswer(call, 200, results, errors)
}

/** what is not there is archived already */
function archiveMany(call: Call): Answer {
  const type = typeOf(call)
  for (const { id } of inputsOf(call)) {
    const record = call.crm.find(type, toText(id) ?? '')
    if (record && record.archivedAt === undefined) call.crm.archive(record)
  }
  return noContent()
}
