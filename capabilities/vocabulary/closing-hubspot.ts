import { CapabilityError } from '../errors.ts'
import type { Capability, Narrowing, Where } from './capability.ts'
import { associations } from './associations.ts'
import { batchMax } from './most.ts'
import { HUBSPOT_OBJECTS, stagePropertyOf, type HubspotObject } from './hubspot-action.ts'
import { hubspot, objectOf, verbOf } from './hubspot.ts'
import { readProperties, writtenProperties } from './properties.ts'
import type { Constraint } from './constraint.ts'
import { propertiesOfFilter } from './where.ts'

/** as many changes as somebody still looks through afterwards */
const DEFAULT_BATCH = 10

/**
 * What an entry for HubSpot leaves unsaid and may not mean "anything". Which properties are seen and written has no default: a
 * portal keeps a customer's income beside her first name, and nobody guesses for the buyer which of them is meant.
 *
 * @throws CapabilityError `invalid_capability` for what has no closed meaning
 */
export function closeCrm(entry: Narrowing, index: number): Capability {
  const { actions, associations: types, where } = entry
  const problem = (field: string, text: string): CapabilityError => {
    return invalid(`[${index}]${field === '' ? '' : `.${field}`}: ${text}`)
  }
  const reading = carrying(actions, readProperties)
  if (reading !== undefined && entry.properties?.read === undefined) {
    throw problem('', `${reading} needs the properties that may be seen: \`properties.read\``)
  }
  const writing = carrying(actions, writtenProperties)
  if (writing !== undefined && entry.properties?.write === undefined) {
    throw problem('', `${writing} needs the properties that may be written: \`properties.write\``)
  }
  const custom = actions.find((action) => objectOf(action) === 'custom')
  if (custom !== undefined && entry.object_types === undefined) {
    throw problem('', `${custom} needs the ids of the types it is about: \`object_types\``)
  }
  if (actions.includes('associations.write') && (types ?? []).length === 0) {
    throw problem('', 'associations.write needs the kinds of records it may link: `associations`')
  }
  const creating = actions.find((action) => verbOf(action) === 'create')
  if (creating !== undefined && where?.list !== undefined) {
    throw problem('where.list', `a new record is on no list, so ${creating} could never be done`)
  }
  const own = filterOfCreated(entry)
  const changing = actions.find((action) => verbOf(action) === 'update')
  if (own.length > 0 && changing !== undefined) {
    throw problem(
      '',
      `a new record is written into its filter (${own.join(', ')}), and ${changing} may not touch that: give each an entry of its own`,
    )
  }
  return {
    ...entry,
    ...(own.length > 0 && {
      properties: {
        ...entry.properties,
        write: sorted([...(entry.properties?.write ?? []), ...own]),
      },
    }),
    ...(carrying(actions, associations) && { associations: types ?? [] }),
    ...(carrying(actions, batchMax) && { batch_max: entry.batch_max ?? DEFAULT_BATCH }),
    ...(actions.includes('owners.read') && { owner_emails: entry.owner_emails ?? 'none' }),
    // a person who is let in stays in: that is nobody's to do unasked
    ...(actions.includes('users.provision') && { approval: 'always' }),
  }
}

/** a new record has to be one of those that the filter chooses, so what the filter looks at is written with it */
function filterOfCreated({ actions, where }: Narrowing): string[] {
  return sorted(
    actions.flatMap((action) => {
      const object = verbOf(action) === 'create' ? objectOf(action) : undefined
      return object === undefined ? [] : propertiesOfFilter(where, object)
    }),
  )
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}

/** INVARIANT: as `assertClosed`, of HubSpot */
export function assertCrmClosed(capability: Capability): void {
  const { actions, properties, object_types: types } = capability
  const open =
    (carrying(actions, readProperties) && properties?.read === undefined) ||
    (carrying(actions, writtenProperties) && properties?.write === undefined) ||
    (carrying(actions, associations) && capability.associations === undefined) ||
    (carrying(actions, batchMax) && capability.batch_max === undefined) ||
    (actions.some((action) => objectOf(action) === 'custom') && types === undefined) ||
    (actions.includes('owners.read') && capability.owner_emails === undefined) ||
    (actions.includes('users.provision') && capability.approval !== 'always')
  if (open) throw invalid('a capability for HubSpot leaves open what it allows: parse it first')
}

function carrying(
  actions: Narrowing['actions'],
  constraint: Constraint,
): Narrowing['actions'][number] | undefined {
  return actions.find((action) => hubspot.actions[action]?.constraints.includes(constraint))
}

/**
 * Whoever writes a property that a filter looks at, moves records to a stage of the pipeline or puts them onto the list that one
 * asks for, decides for himself what he reaches.
 */
export function assertCrmFiltersStand(capabilities: readonly Capability[]): void {
  for (const object of HUBSPOT_OBJECTS) {
    const about = capabilities.map((one, index) => ({ ...one, index })).filter(isAbout(object))
    const filters = about.flatMap(({ where }) => where ?? [])
    for (const { index, actions, properties, where } of about) {
      if (!actions.some((action) => action === `${object}.update`)) continue
      const problem =
        changedFilter(properties?.write ?? [], filters, object) ??
        strayInto('list', where, filters, object) ??
        (properties?.write?.includes(stagePropertyOf(object))
          ? strayInto('pipeline', where, filters, object)
          : undefined)
      if (problem !== undefined) throw invalid(`[${index}].${problem}`)
    }
  }
}

function changedFilter(
  written: readonly string[],
  filters: readonly Where[],
  object: HubspotObject,
): string | undefined {
  const looked = filters.flatMap((where) => propertiesOfFilter(where, object))
  const changed = written.find((name) => looked.includes(name))
  return (
    changed &&
    `properties.write: the property ${changed} decides which ${object} are reached: it cannot be changed by the same grant`
  )
}

/** a change inside the filter only takes records out of it; one from outside could bring others in */
function strayInto(
  field: 'list' | 'pipeline',
  where: Where | undefined,
  filters: readonly Where[],
  object: HubspotObject,
): string | undefined {
  const open = filters
    .flatMap((filter) => (filter[field] === undefined ? [] : [filter[field]]))
    .find((ids) => where?.[field]?.every((id) => ids.includes(id)) !== true)
  return (
    open &&
    `where: the ${field} ${open.join(' or ')} decides which ${object} are reached, and a change could bring others into it: say the same \`${field}\` here`
  )
}

function isAbout(object: HubspotObject): (one: Capability) => boolean {
  return ({ type, actions }) =>
    type === 'hubspot' && actions.some((action) => objectOf(action) === object)
}

function invalid(message: string): CapabilityError {
  return new CapabilityError('invalid_capability', message)
}
