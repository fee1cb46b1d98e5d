import { typesBetween, type AssociationType } from './association-types.ts'
import type { Crm, CrmRecord } from './crm.ts'
import { badRequest } from './errors.ts'
import { toObject, toObjects, toText } from './json.ts'
import { OBJECT_TYPES, type ObjectType } from './object-types.ts'

interface NewLink {
  readonly type: AssociationType
  readonly toId: string
}

/** the `types` of a request between two types; unknown ones are HubSpot's 400 */
export function readTypes(from: ObjectType, to: ObjectType, given: unknown): AssociationType[] {
  const known = typesBetween(from, to)
  return toObjects(given).map((spec) => {
    const id = Number(spec['associationTypeId'])
    const found = known.find((one) => one.typeId === id)
    if (found && found.category === spec['associationCategory']) return found
    throw badRequest(`No association type ${id} from ${from.id} to ${to.id}`)
  })
}

export function defaultType(from: ObjectType, to: ObjectType): AssociationType {
  const [first] = typesBetween(from, to)
  if (first) return first
  throw badRequest(`${from.id} and ${to.id} cannot be associated`)
}

/** the `associations` of a record that is to be created: the type alone says which sort of record `to` is */
export function readSpecs(crm: Crm, from: ObjectType, given: unknown): NewLink[] {
  return toObjects(given).flatMap((entry) => {
    const toId = toText(toObject(entry['to'])['id']) ?? ''
    return toObjects(entry['types']).map((spec) => {
      const type = OBJECT_TYPES.flatMap((to) => typesBetween(from, to)).find(
        (one) =>
          one.typeId === Number(spec['associationTypeId']) &&
          one.category === spec['associationCategory'],
      )
      if (!type) throw badRequest(`No such association type from ${from.id}`)
      return { type, toId: crm.require(type.to, toId).id }
    })
  })
}

export function associateNew(crm: Crm, record: CrmRecord, links: readonly NewLink[]): void {
  for (const { type, toId } of links) crm.associations.add(type, record.id, toId)
}
