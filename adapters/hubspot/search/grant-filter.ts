import {
  OWNER_PROPERTY,
  pipelinePropertyOf,
  type ActionName,
  type Conditions,
} from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import type { ObjectType } from '../object-types.ts'
import type { Filter } from './filters.ts'
import type { Groups } from './rewrite.ts'

/** more alternatives than HubSpot takes groups are not worth multiplying */
const MAX_ALTERNATIVES = 16

/**
 * Which records of a type the token shows, in HubSpot's words, as alternatives: for asking HubSpot less, never for a decision. What
 * HubSpot cannot be asked by (lists, blocks of strangers) is left out, so it rather asks for too much.
 */
export function grantFilter(type: ObjectType, call: Call): Groups {
  const action: ActionName = `${type.object}.read`
  const blocks = call.readFilters(action) ?? []
  let groups: Groups = [[]]
  for (const entries of blocks) {
    const ofType = entries.filter(
      ({ object_types: types }) => types === undefined || types.includes(type.name),
    )
    const filters = ofType.map((entry) => toFilters(type, entry))
    if (filters.some(({ length }) => length === 0)) continue
    const product = groups.flatMap((group) => filters.map((more) => [...group, ...more]))
    if (product.length > MAX_ALTERNATIVES) continue
    groups = product
  }
  return groups
}

function toFilters(type: ObjectType, { where = {}, records }: Conditions): Filter[] {
  return [
    ...oneOf(OWNER_PROPERTY, where.owner),
    ...oneOf(pipelinePropertyOf(type.name), where.pipeline),
    ...(where.property ?? []).flatMap(({ name, equals }) => oneOf(name, [equals])),
    ...oneOf('hs_object_id', records),
  ]
}

function oneOf(propertyName: string, values: readonly string[] | undefined): Filter[] {
  const [value, ...others] = values ?? []
  if (value === undefined) return []
  if (others.length === 0) return [{ propertyName, operator: 'EQ', value }]
  // a text is looked for in lower case
  return [
    { propertyName, operator: 'IN', values: [value, ...others].map((one) => one.toLowerCase()) },
  ]
}
