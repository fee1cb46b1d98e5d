import { z } from 'zod'
import { associations, associationsSchema } from './associations.ts'
import { approval } from './approval.ts'
import { bodyHtml, bodyHtmlSchema } from './body-html.ts'
import { bodyLinks } from './body-links.ts'
import { bodyRefuse, bodyRefuseSchema } from './body-refuse.ts'
import { HUBSPOT_ACTIONS, type Body, type HubspotActionName, type Narrowing } from './capability.ts'
import type { Constraint } from './constraint.ts'
import {
  HUBSPOT_OBJECTS,
  HUBSPOT_VERBS,
  type HubspotObject,
  type HubspotVerb,
} from './hubspot-action.ts'
import {
  LIMITS_OF_HUBSPOT,
  LIMITS_ON_RECORDS,
  LIMITS_ON_SEARCHING,
  LIMITS_ON_WRITING,
} from './limits.ts'
import { batchMax, batchMaxSchema, maxResults, maxResultsSchema } from './most.ts'
import { mustFilterOn, mustFilterOnSchema } from './must-filter-on.ts'
import { objectTypes, objectTypesSchema } from './object-types.ts'
import { ownerEmails, ownerEmailsSchema } from './owner-emails.ts'
import { propertiesSchema, readProperties, writtenProperties } from './properties.ts'
import {
  actionsSchema,
  GENERAL,
  generalSchemas,
  type ActionDefinition,
  type Vocabulary,
} from './provider-vocabulary.ts'
import { records, recordsSchema } from './records.ts'
import { whereSchema } from './where.ts'
import { whereList } from './where-list.ts'
import { whereProperty } from './where-property.ts'
import { whereOwner, wherePipeline } from './where-value.ts'

/** which record */
const FILTER = [whereOwner, wherePipeline, whereList, whereProperty]
/** which search; the rows of it are decided as records that are read */
const SEARCHING = [mustFilterOn, maxResults]
/** what may be written where people read it */
const CONTENT = [bodyHtml, bodyLinks, bodyRefuse]

const OF_VERBS: Readonly<Record<HubspotVerb, readonly Constraint[]>> = {
  read: [...FILTER, records, readProperties, associations, ...LIMITS_ON_RECORDS, ...GENERAL],
  search: [...SEARCHING, readProperties, associations, ...LIMITS_ON_SEARCHING, ...GENERAL],
  create: [
    ...FILTER,
    writtenProperties,
    associations,
    batchMax,
    ...CONTENT,
    ...LIMITS_ON_WRITING,
    approval,
    ...GENERAL,
  ],
  update: [
    ...FILTER,
    records,
    writtenProperties,
    batchMax,
    ...CONTENT,
    ...LIMITS_ON_WRITING,
    approval,
    ...GENERAL,
  ],
}

function ofRecords(object: HubspotObject, verb: HubspotVerb): ActionDefinition {
  return {
    operation: `hubspot.${object}.${verb}`,
    alongside: [],
    constraints: [...(object === 'custom' ? [objectTypes] : []), ...OF_VERBS[verb]],
  }
}

/** which actions exist and which constraints each may carry */
const ACTIONS: Readonly<Partial<Record<HubspotActionName, ActionDefinition>>> = {
  ...Object.fromEntries(
    HUBSPOT_OBJECTS.flatMap((object) =>
      HUBSPOT_VERBS.map((verb) => [`${object}.${verb}`, ofRecords(object, verb)]),
    ),
  ),
  'associations.write': {
    operation: 'hubspot.associations.write',
    alongside: [],
    constraints: [associations, batchMax, ...LIMITS_ON_WRITING, approval, ...GENERAL],
  },
  'properties.read': {
    operation: 'hubspot.properties.read',
    alongside: [],
    constraints: GENERAL,
  },
  'pipelines.read': { operation: 'hubspot.pipelines.read', alongside: [], constraints: GENERAL },
  'owners.read': {
    operation: 'hubspot.owners.read',
    alongside: [],
    constraints: [ownerEmails, ...GENERAL],
  },
  'users.provision': {
    operation: 'hubspot.users.provision',
    alongside: [],
    constraints: [approval, ...GENERAL],
  },
}

const bodySchema: z.ZodType<Body> = z
  .strictObject({
    html: bodyHtmlSchema.optional(),
    // a record has no conversation in which a site could be known already
    links: z.enum(['none', 'any']).optional(),
    refuse: bodyRefuseSchema.optional(),
  })
  .refine((body) => Object.values(body).some((said) => said !== undefined), {
    message: 'name at least one of `html`, `links`, `refuse`',
  })

const entrySchema: z.ZodType<Narrowing> = z.strictObject({
  type: z.literal('hubspot'),
  actions: actionsSchema(HUBSPOT_ACTIONS),
  object_types: objectTypesSchema.optional(),
  where: whereSchema.optional(),
  records: recordsSchema.optional(),
  must_filter_on: mustFilterOnSchema.optional(),
  max_results: maxResultsSchema.optional(),
  properties: propertiesSchema.optional(),
  associations: associationsSchema.optional(),
  batch_max: batchMaxSchema.optional(),
  body: bodySchema.optional(),
  owner_emails: ownerEmailsSchema.optional(),
  approval: z.literal('always', 'expected "always": no other question is asked here').optional(),
  ...generalSchemas,
})

export const hubspot: Vocabulary = {
  type: 'hubspot',
  names: HUBSPOT_ACTIONS,
  actions: ACTIONS,
  constraints: [
    objectTypes,
    ...FILTER,
    records,
    ...SEARCHING,
    readProperties,
    writtenProperties,
    associations,
    batchMax,
    ...CONTENT,
    ownerEmails,
    ...LIMITS_OF_HUBSPOT,
    approval,
    ...GENERAL,
  ],
  entrySchema,
  adjust: (_action, conditions) => conditions,
}

/** which kind of records an action is about, if it is about one */
export function objectOf(action: string): HubspotObject | undefined {
  const [object, verb] = action.split('.')
  if (verbOf(action) === undefined || verb === undefined) return undefined
  return HUBSPOT_OBJECTS.find((one) => one === object)
}

export function verbOf(action: string): HubspotVerb | undefined {
  const [object, verb] = action.split('.')
  if (!HUBSPOT_OBJECTS.some((one) => one === object)) return undefined
  return HUBSPOT_VERBS.find((one) => one === verb)
}
