import { batchAnswer, inputsOf, missing } from '../batches.ts'
import { ok, param, read, typeOf, type Answer, type Call, type Route } from '../call.ts'
import { notFound } from '../errors.ts'
import { toText } from '../json.ts'
import { definitionsOf, type PropertyDefinition } from '../property-definitions.ts'

/** which properties a type has */
export const PROPERTY_ROUTES: readonly Route[] = [
  read('properties.list', 'GET {type}', list),
  read('properties.groups', 'GET {type}/groups', () => ok({ results: [] })),
  read('properties.batch-read', 'POST {type}/batch/read', readMany),
  read('properties.get', 'GET {type}/{name}', get),
]

function list(call: Call): Answer {
  const definitions = definitionsOf(typeOf(call).id)
  return ok({ results: [...definitions.values()].map(view) })
}

function get(call: Call): Answer {
  const definition = definitionsOf(typeOf(call).id).get(param(call, 'name'))
  if (!definition) throw notFound(param(call, 'name'))
  return ok(view(definition))
}

function readMany(call: Call): Answer {
  const definitions = definitionsOf(typeOf(call).id)
  const names = inputsOf(call).map(({ name }) => toText(name) ?? '')
  const views = names.flatMap((name) => {
    const definition = definitions.get(name)
    return definition ? [view(definition)] : []
  })
  return batchAnswer(call, 200, views, missing(names.filter((name) => !definitions.has(name))))
}

function view(definition: PropertyDefinition): unknown {
  const { name, type, options = [] } = definition
  const isHubspots = definition.isReadOnly ?? false
  return {
    name,
    label: name,
    description: '',
    type,
    fieldType: type === 'enumeration' ? 'select' : 'text',
    groupName: 'shop',
    options: options.map((value, place) => ({
      value,
      label: value,
      displayOrder: place,
      hidden: false,
    })),
    hasUniqueValue: definition.isUnique ?? false,
    hubspotDefined: isHubspots,
    calculated: false,
    hidden: false,
    formField: false,
    archived: false,
    modificationMetadata: {
      archivable: !isHubspots,
      readOnlyDefinition: isHubspots,
      readOnlyValue: isHubspots,
    },
  }
}
