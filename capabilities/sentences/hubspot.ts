import {
  HUBSPOT_OBJECTS,
  type HubspotObject,
  type HubspotOperation,
} from '../vocabulary/hubspot-action.ts'

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
