import { associations, typeWords } from '../vocabulary/associations.ts'
import { bodyHtml } from '../vocabulary/body-html.ts'
import { bodyLinks } from '../vocabulary/body-links.ts'
import { bodyRefuse } from '../vocabulary/body-refuse.ts'
import type { Conditions, HubspotActionName } from '../vocabulary/capability.ts'
import type { Constraint } from '../vocabulary/constraint.ts'
import {
  HUBSPOT_OBJECTS,
  type HubspotObject,
  type HubspotOperation,
  type HubspotVerb,
} from '../vocabulary/hubspot-action.ts'
import { objectOf, verbOf } from '../vocabulary/hubspot.ts'
import { LIMITS_ON_RECORDS, LIMITS_ON_SEARCHING, LIMITS_ON_WRITING } from '../vocabulary/limits.ts'
import { batchMax, maxResults } from '../vocabulary/most.ts'
import { mustFilterOn } from '../vocabulary/must-filter-on.ts'
import { objectTypes } from '../vocabulary/object-types.ts'
import { ownerEmails } from '../vocabulary/owner-emails.ts'
import { readProperties, writtenProperties } from '../vocabulary/properties.ts'
import { records } from '../vocabulary/records.ts'
import type { Single } from '../vocabulary/vocabularies.ts'
import { whereList } from '../vocabulary/where-list.ts'
import { whereProperty } from '../vocabulary/where-property.ts'
import { whereOwner, wherePipeline } from '../vocabulary/where-value.ts'
import { list } from '../vocabulary/words.ts'
import { ENDING, phrases, sentenceOf, type Row } from './row.ts'

/** many of a kind */
export const OBJECT_WORDS: Readonly<Record<HubspotObject, string>> = {
  contacts: 'contacts',
  companies: 'companies',
  deals: 'deals',
  tickets: 'tickets',
  notes: 'notes',
  tasks: 'tasks',
  calls: 'calls',
  emails: 'logged e-mail',
  line_items: 'line items',
  products: 'products',
  custom: 'custom records',
}

type OperationWords = Readonly<Record<HubspotOperation, string>>

/** how an answer speaks of each operation */
export const HUBSPOT_OPERATION_WORDS: OperationWords = {
  ...(Object.fromEntries(
    HUBSPOT_OBJECTS.flatMap((object) => [
      [`hubspot.${object}.read`, `reading ${OBJECT_WORDS[object]}`],
      [`hubspot.${object}.search`, `listing and searching ${OBJECT_WORDS[object]}`],
      [`hubspot.${object}.create`, `creating ${OBJECT_WORDS[object]}`],
      [`hubspot.${object}.update`, `changing ${OBJECT_WORDS[object]}`],
    ]),
  ) as OperationWords),
  'hubspot.associations.write': 'linking records',
  'hubspot.properties.read': 'reading what properties there are',
  'hubspot.pipelines.read': 'reading pipelines',
  'hubspot.owners.read': 'reading who owns records',
  'hubspot.users.provision': 'inviting people into the account',
}

/** the order in which English wants them */
const FILTER = [objectTypes, whereOwner, wherePipeline, whereList, whereProperty, records]
const CONTENT = [bodyHtml, bodyLinks, bodyRefuse]

const OPENINGS: Readonly<Record<HubspotVerb, string>> = {
  read: 'Read',
  search: 'Search',
  create: 'Create',
  update: 'Change',
}

const SAID: Readonly<Record<HubspotVerb, readonly Constraint[]>> = {
  read: [readProperties, ...LIMITS_ON_RECORDS],
  search: [mustFilterOn, maxResults, readProperties, ...LIMITS_ON_SEARCHING],
  create: [writtenProperties, batchMax, ...CONTENT, ...LIMITS_ON_WRITING],
  update: [writtenProperties, batchMax, ...CONTENT, ...LIMITS_ON_WRITING],
}

interface Sentence {
  readonly opening: (conditions: Conditions) => string
  readonly said: readonly Constraint[]
}

/** what is not about records of one kind */
const OTHERS: Readonly<Partial<Record<HubspotActionName, Sentence>>> = {
  'associations.write': {
    opening: ({ associations: types }) =>
      `Link ${types === undefined ? 'records' : list(types.map(typeWords), 'and')} with each other`,
    said: [batchMax, ...LIMITS_ON_WRITING],
  },
  'properties.read': { opening: () => 'See which properties records can have', said: [] },
  'pipelines.read': { opening: () => 'See the pipelines and their stages', said: [] },
  'owners.read': { opening: () => 'See who can own records', said: [ownerEmails] },
  'users.provision': { opening: () => 'Invite people into the HubSpot account', said: [] },
}

/** the row of one action of a HubSpot account */
export function crmRows(action: HubspotActionName, conditions: Conditions): Row[] {
  const { opening, said } = sentenceOfAction(action)
  const words = phrases([...linksOf(action, conditions), ...said, ...ENDING], conditions)
  return [
    {
      sentence: sentenceOf(opening(conditions), words),
      risk: isRisky(action, conditions) ? 'high' : 'normal',
    },
  ]
}

function sentenceOfAction(action: HubspotActionName): Sentence {
  const [object, verb, other] = [objectOf(action), verbOf(action), OTHERS[action]]
  if (object !== undefined && verb !== undefined) {
    return { opening: (conditions) => openingOf(object, verb, conditions), said: SAID[verb] }
  }
  if (other === undefined) throw new TypeError(`HubSpot has no action \`${action}\``)
  return other
}

/** links that there are none of need no words */
function linksOf(
  action: HubspotActionName,
  { associations: types = [] }: Conditions,
): readonly Constraint[] {
  return action === 'associations.write' || types.length === 0 ? [] : [associations]
}

function openingOf(object: HubspotObject, verb: HubspotVerb, conditions: Conditions): string {
  const isListing = verb === 'search' && conditions.must_filter_on === undefined
  const opening = isListing ? 'List and search' : OPENINGS[verb]
  return [`${opening} ${OBJECT_WORDS[object]}`, ...phrases(FILTER, conditions)].join(' ')
}

/** seeing or changing all there is, unasked, and letting people in */
function isRisky(action: HubspotActionName, conditions: Conditions): boolean {
  if (action === 'users.provision') return true
  const { where, records: ids, properties, approval } = conditions
  const anyRecord = where === undefined && ids === undefined
  if (properties?.read?.includes('*')) return true
  if (verbOf(action) === 'read') return anyRecord
  return verbOf(action) === 'update' && anyRecord && approval !== 'always'
}

/** no action of this version reaches these */
const NEVER = [
  'delete, merge, export or import records',
  'send marketing e-mail, message people, or start sequences and workflows',
  'change lists, properties, pipelines or the settings of the account',
]

/** what an agent with exactly these still cannot do in the HubSpot account */
export function absentFromCrm(singles: readonly Single[]): string[] {
  const can = (verb: HubspotVerb): readonly HubspotObject[] =>
    singles.flatMap(({ action }) => (verbOf(action) === verb ? (objectOf(action) ?? []) : []))
  const seen = HUBSPOT_OBJECTS.filter((object) => can('read').includes(object))
  const [creates, updates] = [can('create').length > 0, can('update').length > 0]
  const has = (action: HubspotActionName): boolean => singles.some((one) => one.action === action)
  return [
    seen.length === 0
      ? 'read any record of HubSpot'
      : `read anything but ${list(
          seen.map((object) => OBJECT_WORDS[object]),
          'and',
        )}`,
    ...(updates ? [] : [creates ? 'change records that are there' : 'create or change records']),
    ...(updates && !creates ? ['create records'] : []),
    ...(has('associations.write') ? [] : ['link records that are there']),
    ...(has('users.provision') ? [] : ['invite anybody into the account']),
    ...NEVER,
  ]
}
