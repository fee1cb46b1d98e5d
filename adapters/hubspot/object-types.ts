import { HUBSPOT_OBJECTS, type HubspotObject, type HubspotVerb } from '../../capabilities/index.ts'

/** one kind of records; its plural, its singular and its number are one thing */
export interface ObjectType {
  readonly object: HubspotObject
  /** as decisions name it: the plural, or the number of a custom type */
  readonly name: string
  /** HubSpot's number, under which it is asked for upstream */
  readonly id: string
  readonly singular: string
  /** in an answer to whoever names no properties */
  readonly defaults: readonly string[]
  /** what the `query` of a search looks through; undefined: nobody can tell, so it takes seeing everything */
  readonly searched: readonly string[] | undefined
}

const CONTACT_DATES = ['createdate', 'lastmodifieddate']
const DATES = ['createdate', 'hs_lastmodifieddate']
const ENGAGEMENT_DATES = ['hs_createdate', 'hs_lastmodifieddate']

const STANDARD: readonly ObjectType[] = [
  type(
    'contacts',
    '0-1',
    'contact',
    ['email', 'firstname', 'lastname', ...CONTACT_DATES],
    [
      'email',
      'firstname',
      'lastname',
      'phone',
      'company',
      'hs_additional_emails',
      'fax',
      'mobilephone',
      'hs_object_id',
    ],
  ),
  type(
    'companies',
    '0-2',
    'company',
    ['name', 'domain', ...DATES],
    ['name', 'domain', 'website', 'phone', 'hs_object_id'],
  ),
  type(
    'deals',
    '0-3',
    'deal',
    ['dealname', 'amount', 'closedate', 'pipeline', 'dealstage', ...DATES],
    ['dealname', 'pipeline', 'dealstage', 'description', 'dealtype', 'hs_object_id'],
  ),
  type(
    'tickets',
    '0-5',
    'ticket',
    [
      'subject',
      'content',
      'hs_pipeline',
      'hs_pipeline_stage',
      'hs_ticket_priority',
      'hs_ticket_category',
      ...DATES,
    ],
    ['subject', 'content', 'hs_pipeline_stage', 'hs_ticket_category', 'hs_ticket_id'],
  ),
  type('notes', '0-46', 'note', ENGAGEMENT_DATES, ['hs_note_body']),
  type('tasks', '0-27', 'task', ENGAGEMENT_DATES, ['hs_task_subject', 'hs_task_body']),
  type('calls', '0-48', 'call', ENGAGEMENT_DATES, [
    'hs_call_title',
    'hs_call_body',
    'hs_body_preview',
  ]),
  type('emails', '0-49', 'email', ENGAGEMENT_DATES, [
    'hs_email_subject',
    'hs_email_text',
    'hs_body_preview',
  ]),
  type('line_items', '0-8', 'line_item', ['quantity', 'price', 'amount', ...DATES], ['name']),
  type(
    'products',
    '0-7',
    'product',
    ['name', 'description', 'price', ...DATES],
    ['name', 'description', 'price', 'hs_sku'],
  ),
]

function type(
  object: Exclude<HubspotObject, 'custom'>,
  id: string,
  singular: string,
  defaults: readonly string[],
  searched: readonly string[],
): ObjectType {
  return { object, name: object, id, singular, defaults, searched }
}

/** by its number alone: what a portal calls its own types may be what HubSpot calls one of its own */
const CUSTOM = /^2-[1-9]\d{0,14}$/

const BY_SPELLING: ReadonlyMap<string, ObjectType> = new Map(
  STANDARD.flatMap((one) => spellingsOf(one).map((spelling) => [spelling, one] as const)),
)

function spellingsOf({ name, singular, id }: ObjectType): readonly string[] {
  return [name, singular, id]
}

/** how the paths of one kind spell it; of custom types the number is read from the path */
export function pathSpellings(object: HubspotObject): readonly string[] {
  const found = STANDARD.find((one) => one.object === object)
  return found === undefined ? ['{objectType}'] : spellingsOf(found)
}

/** undefined: a kind that this front does not know, or the name of a custom one */
export function findObjectType(spelling: string): ObjectType | undefined {
  const known = BY_SPELLING.get(spelling)
  if (known !== undefined || !CUSTOM.test(spelling)) return known
  return {
    object: 'custom',
    name: spelling,
    id: spelling,
    singular: spelling,
    defaults: DATES,
    searched: undefined,
  }
}

/** the kind that a path is about: its operation's own, or the number in the path */
export function objectTypeOf(
  object: HubspotObject,
  ids: Readonly<Record<string, string>>,
): ObjectType | undefined {
  if (object !== 'custom') return STANDARD.find((one) => one.object === object)
  const found = findObjectType(ids['objectType'] ?? '')
  return found?.object === 'custom' ? found : undefined
}

export const OBJECTS: readonly HubspotObject[] = HUBSPOT_OBJECTS

export function operationOf<Verb extends HubspotVerb>(
  object: HubspotObject,
  verb: Verb,
): `hubspot.${HubspotObject}.${Verb}` {
  return `hubspot.${object}.${verb}`
}
