import {
  hubspotObjectOf,
  hubspotVerbOf,
  propertiesOfFilter,
  type Capability,
  type HubspotVerb,
  type Properties,
} from '../../../capabilities/index.ts'
import { askingControls } from './asking-controls.ts'
import { box, linesOf, toWholeNumber, type Control } from './control.ts'
import { limitControls } from './limit-controls.ts'

const MOST_RESULTS = 10_000
/** so many boxes are still looked through; of more there is one field */
const MAX_BOXES = 24

/** the questions about one action of a HubSpot account */
export function crmControls(capability: Capability): Control[] {
  const [action = ''] = capability.actions
  const verb = hubspotVerbOf(action)
  const writes = verb === 'create' || verb === 'update'
  const controls = [
    (verb === 'read' || verb === 'update') && ownersControl(capability),
    verb === 'search' && exactlyControl(capability),
    verb === 'search' && resultsControl(capability),
    ...propertyControls(capability, verb),
    ...associationControls(capability),
    ...batchControls(capability),
    writes && capability.body?.links !== 'none' && bodyControl('links', 'No links'),
    writes && capability.body?.html !== 'none' && bodyControl('html', 'Plain text only'),
    capability.owner_emails === 'shown' && ownerEmailsControl,
    ...limitControls(capability),
    ...(verb === 'search' ? [] : askingControls(capability)),
  ]
  return controls.filter((control): control is Control => control !== false)
}

function ownersControl({ where }: Capability): Control {
  const initial = (where?.owner ?? []).join('\n')
  return {
    field: 'owners',
    label: 'Only records of these owners',
    help: `One id of an owner per line, a number.${initial === '' ? ' Empty: whoever owns them.' : ' Remove lines to narrow it.'}`,
    kind: { type: 'lines' },
    initial,
    tighten: (whole, answer) => ({ ...whole, where: { ...whole.where, owner: linesOf(answer) } }),
  }
}

function exactlyControl({ must_filter_on: sets = [] }: Capability): Control {
  return {
    field: 'exactly',
    label: 'It has to search by an exact value of',
    help: `One property per line, by its internal name, or several that belong together with spaces between.${sets.length === 0 ? ' Empty: anything, listing them all too.' : ' Remove lines, or add to a line, to narrow it.'}`,
    kind: { type: 'lines' },
    initial: sets.map((names) => names.join(' ')).join('\n'),
    tighten: (whole, answer) => ({
      ...whole,
      must_filter_on: linesOf(answer).map((line) => line.split(/\s+/u)),
    }),
  }
}

function resultsControl({ max_results: asked }: Capability): Control {
  const max = asked ?? MOST_RESULTS
  return {
    field: 'results',
    label: 'Results of a search, at most',
    ...(asked === undefined && { help: 'Empty: no limit.' }),
    kind: { type: 'number', min: 1, max },
    initial: asked === undefined ? '' : String(asked),
    tighten: (whole, answer) => ({ ...whole, max_results: toWholeNumber(answer, max) }),
  }
}

function propertyControls(capability: Capability, verb: HubspotVerb | undefined): Control[] {
  if (verb === undefined) return []
  const side = verb === 'read' || verb === 'search' ? 'read' : 'write'
  const asked = capability.properties?.[side] ?? []
  if (asked.includes('*') || asked.length > MAX_BOXES) return [propertiesControl(asked, side)]
  const filtering = filteredBy(capability)
  return asked
    .filter((name) => side === 'read' || !filtering.includes(name))
    .map((name) =>
      box({
        field: `${side}-${name}`,
        label: side === 'read' ? `May see ${name}` : `May write ${name}`,
        without: (whole) => ({
          ...whole,
          properties: withNames(whole.properties, side, (names) =>
            names.filter((one) => one !== name),
          ),
        }),
      }),
    )
}

/** what a new record needs to be inside its filter: without it there is nothing to create */
function filteredBy({ where, actions }: Capability): readonly string[] {
  const [action = ''] = actions
  const object = hubspotObjectOf(action)
  const isNew = hubspotVerbOf(action) === 'create'
  return isNew && object !== undefined ? propertiesOfFilter(where, object) : []
}

function propertiesControl(asked: readonly string[], side: keyof Properties): Control {
  const all = asked.includes('*')
  return {
    field: side,
    label: side === 'read' ? 'Properties it may see' : 'Properties it may write',
    help: all
      ? 'One internal name per line, such as firstname. Empty: everything there is.'
      : 'One internal name per line. Remove lines to narrow it.',
    kind: { type: 'lines' },
    initial: all ? '' : asked.join('\n'),
    tighten: (whole, answer) => ({
      ...whole,
      properties: withNames(whole.properties, side, () => linesOf(answer)),
    }),
  }
}

function withNames(
  properties: Properties | undefined,
  side: keyof Properties,
  change: (names: readonly string[]) => readonly string[],
): Properties {
  return { ...properties, [side]: change(properties?.[side] ?? []) }
}

/** two kinds of records that are linked with each other are no choice of kinds */
function associationControls({ actions, associations = [] }: Capability): Control[] {
  const isLinking = actions.includes('associations.write')
  return associations.map((type) =>
    box({
      field: `link-${type}`,
      label: isLinking
        ? `May link ${typeWords(type)}`
        : hubspotVerbOf(actions[0] ?? '') === 'create'
          ? `May link new ones to ${typeWords(type)}`
          : `May see links to ${typeWords(type)}`,
      without: (whole) => ({
        ...whole,
        associations: (whole.associations ?? []).filter((one) => one !== type),
      }),
    }),
  )
}

function typeWords(type: string): string {
  return type.replace('_', ' ')
}

/** of one at a time there is nothing less */
function batchControls({ batch_max: max = 1 }: Capability): Control[] {
  if (max === 1) return []
  return [
    {
      field: 'batch',
      label: 'Records in one call, at most',
      help: `The agent asks for ${max}.`,
      kind: { type: 'number', min: 1, max },
      initial: String(max),
      tighten: (whole, answer) => ({ ...whole, batch_max: toWholeNumber(answer, max) }),
    },
  ]
}

function bodyControl(field: 'links' | 'html', label: string): Control {
  return {
    field,
    label,
    kind: { type: 'tick' },
    initial: '',
    tighten: (whole) => ({ ...whole, body: { ...whole.body, [field]: 'none' } }),
  }
}

const ownerEmailsControl: Control = {
  field: 'owner-emails',
  label: 'Only their names, no e-mail addresses',
  kind: { type: 'tick' },
  initial: '',
  tighten: (whole) => ({ ...whole, owner_emails: 'none' }),
}
