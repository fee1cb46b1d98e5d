import { OBJECT_TYPES } from './object-types.ts'
import { OWNER_IDS, PIPELINES } from './directory.ts'

export interface PropertyDefinition {
  readonly name: string
  readonly type: 'string' | 'number' | 'datetime' | 'bool' | 'enumeration'
  /** what an enumeration may hold */
  readonly options?: readonly string[]
  readonly isReadOnly?: boolean
  /** may stand as `idProperty`; no two records have the same value */
  readonly isUnique?: boolean
  /** looked through by the `query` of a search */
  readonly isSearchable?: boolean
  /** in an answer that names no properties */
  readonly isDefault?: boolean
}

type Facts = Omit<PropertyDefinition, 'name' | 'type'>

function text(name: string, facts: Facts = {}): PropertyDefinition {
  return { name, type: 'string', ...facts }
}

function number(name: string, facts: Facts = {}): PropertyDefinition {
  return { name, type: 'number', ...facts }
}

function time(name: string, facts: Facts = {}): PropertyDefinition {
  return { name, type: 'datetime', ...facts }
}

function choice(name: string, options: readonly string[], facts: Facts = {}): PropertyDefinition {
  return { name, type: 'enumeration', options, ...facts }
}

const SHOWN: Facts = { isDefault: true }
const SEARCHED: Facts = { isSearchable: true }
const SHOWN_AND_SEARCHED: Facts = { isDefault: true, isSearchable: true }

const OWNER = choice('hubspot_owner_id', OWNER_IDS)

function pipelines(typeId: string): string[] {
  return PIPELINES.filter((pipeline) => pipeline.typeId === typeId).map(({ id }) => id)
}

function stages(typeId: string): string[] {
  return PIPELINES.filter((pipeline) => pipeline.typeId === typeId).flatMap((pipeline) =>
    pipeline.stages.map(({ id }) => id),
  )
}

const OWN: Readonly<Record<string, readonly PropertyDefinition[]>> = {
  contacts: [
    text('email', { ...SHOWN_AND_SEARCHED, isUnique: true }),
    text('hs_additional_emails', SEARCHED),
    text('firstname', SHOWN_AND_SEARCHED),
    text('lastname', SHOWN_AND_SEARCHED),
    text('phone', SEARCHED),
    text('company', SEARCHED),
    text('jobtitle'),
    text('city'),
    choice('lifecyclestage', ['lead', 'opportunity', 'customer', 'other']),
    text('favourite_tea'),
    text('member_number', { isUnique: true }),
    { name: 'newsletter', type: 'bool' },
    number('lifetime_value'),
    // the custom property that no agent should see, nor find out by comparing
    text('ssn'),
    text('internal_remarks'),
  ],
  companies: [
    text('name', SHOWN_AND_SEARCHED),
    text('domain', SHOWN_AND_SEARCHED),
    text('website', SEARCHED),
    text('phone', SEARCHED),
    text('city'),
    choice('industry', ['RETAIL', 'RESTAURANTS', 'HOSPITALITY']),
    number('annualrevenue'),
    text('bank_account'),
  ],
  deals: [
    text('dealname', SHOWN_AND_SEARCHED),
    number('amount', SHOWN),
    time('closedate', SHOWN),
    choice('pipeline', pipelines('0-3'), SHOWN_AND_SEARCHED),
    choice('dealstage', stages('0-3'), SHOWN_AND_SEARCHED),
    text('description', SEARCHED),
    number('margin'),
  ],
  tickets: [
    text('subject', SHOWN_AND_SEARCHED),
    text('content', SHOWN_AND_SEARCHED),
    choice('hs_pipeline', pipelines('0-5'), SHOWN),
    choice('hs_pipeline_stage', stages('0-5'), SHOWN_AND_SEARCHED),
    choice('hs_ticket_priority', ['LOW', 'MEDIUM', 'HIGH'], SHOWN),
    choice('hs_ticket_category', ['ORDER', 'TASTE', 'BILLING'], SHOWN_AND_SEARCHED),
  ],
  notes: [text('hs_note_body', SEARCHED), text('hs_attachment_ids')],
  tasks: [
    text('hs_task_subject', SEARCHED),
    text('hs_task_body', SEARCHED),
    choice('hs_task_status', ['NOT_STARTED', 'IN_PROGRESS', 'COMPLETED']),
    choice('hs_task_priority', ['NONE', 'LOW', 'MEDIUM', 'HIGH']),
  ],
  calls: [
    text('hs_call_title', SEARCHED),
    text('hs_call_body', SEARCHED),
    choice('hs_call_direction', ['INBOUND', 'OUTBOUND']),
    number('hs_call_duration'),
    text('hs_call_recording_url'),
  ],
  emails: [
    text('hs_email_subject', SEARCHED),
    text('hs_email_text', SEARCHED),
    text('hs_email_html'),
    text('hs_email_headers'),
    text('hs_email_from_email', { isReadOnly: true }),
    text('hs_email_to_email', { isReadOnly: true }),
    choice('hs_email_direction', ['EMAIL', 'INCOMING_EMAIL', 'FORWARDED_EMAIL']),
    choice('hs_email_status', ['SENT', 'FAILED', 'SCHEDULED', 'SENDING', 'BOUNCED']),
  ],
  line_items: [
    text('name', SEARCHED),
    number('quantity', SHOWN),
    number('price', SHOWN),
    number('amount', { ...SHOWN, isReadOnly: true }),
    text('hs_product_id'),
  ],
  products: [
    text('name', SHOWN_AND_SEARCHED),
    text('description', SHOWN_AND_SEARCHED),
    number('price', SHOWN_AND_SEARCHED),
    text('hs_sku', SEARCHED),
    number('hs_cost_of_goods_sold'),
  ],
  p123_teas: [
    text('name', SHOWN_AND_SEARCHED),
    text('tea_code', { ...SHOWN, isUnique: true }),
    choice('harvest', ['spring', 'summer', 'autumn']),
    text('supplier_secret'),
  ],
}

const DEFINITIONS: ReadonlyMap<string, ReadonlyMap<string, PropertyDefinition>> = new Map(
  OBJECT_TYPES.map(({ id, plural, isEngagement }) => {
    // the time of the last change goes by another name at contacts, the time of creation at engagements
    const created = isEngagement ? 'hs_createdate' : 'createdate'
    const modified = plural === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate'
    const common = [
      number('hs_object_id', { ...SHOWN_AND_SEARCHED, isReadOnly: true, isUnique: true }),
      time(created, { isReadOnly: true, isDefault: true }),
      time(modified, { isReadOnly: true, isDefault: true }),
      OWNER,
      text('hs_merged_object_ids', { isReadOnly: true }),
      ...(isEngagement ? [time('hs_timestamp')] : []),
    ]
    const all = [...(OWN[plural] ?? []), ...common]
    return [id, new Map(all.map((definition) => [definition.name, definition]))]
  }),
)

export function definitionsOf(typeId: string): ReadonlyMap<string, PropertyDefinition> {
  return DEFINITIONS.get(typeId) ?? new Map()
}

export function createdName(typeId: string): string {
  return definitionsOf(typeId).has('hs_createdate') ? 'hs_createdate' : 'createdate'
}

export function modifiedName(typeId: string): string {
  return definitionsOf(typeId).has('lastmodifieddate') ? 'lastmodifieddate' : 'hs_lastmodifieddate'
}
