/** the kinds of records with a name of their own; `custom` stands for every object type that a portal made itself */
export const HUBSPOT_OBJECTS = [
  'contacts',
  'companies',
  'deals',
  'tickets',
  'notes',
  'tasks',
  'calls',
  'emails',
  'line_items',
  'products',
  'custom',
] as const
/** `custom`: of the object types that an entry names in `object_types` */
export type HubspotObject = (typeof HUBSPOT_OBJECTS)[number]

/** what can be done with records of one kind; listing is a search that pins nothing, a batch is each of its records */
export const HUBSPOT_VERBS = ['read', 'search', 'create', 'update'] as const
export type HubspotVerb = (typeof HUBSPOT_VERBS)[number]

export type HubspotOperation =
  | `hubspot.${HubspotObject}.${HubspotVerb}`
  /** linking two records that are there */
  | 'hubspot.associations.write'
  /** the names and the kinds of a type's properties */
  | 'hubspot.properties.read'
  | 'hubspot.pipelines.read'
  | 'hubspot.owners.read'
  /** inviting a person into the account */
  | 'hubspot.users.provision'

/**
 * A record as it is in HubSpot when the front reads it, before anything is changed: never as the agent says. Only of
 * `create` it is the record as it would become, made of what is written.
 */
export interface RecordFacts {
  /** `hs_object_id`, in decimal; of a record that is not there yet: left out */
  readonly id?: string | undefined
  /** raw values of the properties that the token's filters speak of (`recordFactsNeededIn`), and as many more as one likes; empty ones left out */
  readonly properties: Readonly<Record<string, string>>
  /** ids of all lists that it is a member of; left out: nobody looked, and a token that asks allows nothing */
  readonly lists?: readonly string[] | undefined
}

/** text that would be written where people read it; read by the same rules as a mail that leaves */
export interface WrittenContent {
  /** of the values that HubSpot shows as HTML (bodies of notes, e-mails, calls and tasks), after the front's sanitiser */
  readonly html: 'none' | 'sanitised'
  /** one per link in any value; `known` is not used here */
  readonly linkOrigins: readonly ('known' | 'new')[]
  /** every value that is written, decoded, HTML as the text that it shows: where `body.refuse` looks */
  readonly texts: readonly string[]
}

/**
 * What one HubSpot request is about. The front takes the canonical object type from the route, what is asked from the decoded
 * request, and everything about the record from HubSpot. A member that an operation does not have is left out, and a constraint
 * on it then does not hold.
 */
export interface CrmTarget {
  /** `contacts`, or `2-3456789` for a custom object; of `associations.write` and of what is about no type: left out */
  readonly objectType?: string | undefined
  /** of `read` and `update`: as it is; of `create`: as it would be */
  readonly record?: RecordFacts | undefined
  /**
   * Names of properties that would become visible. Of `read`: those that the answer would show, and of a row of a search also
   * those that its filters and sorts speak of, since a hit tells about them. Of `search`: those that its filters and sorts
   * speak of. Which of the asked ones may be shown the front finds by asking for each alone
   */
  readonly shows?: readonly string[] | undefined
  /** of `create` and `update`: names of all properties that are written, cleared ones too */
  readonly writes?: readonly string[] | undefined
  /**
   * Canonical object types that are linked, or whose links are shown: of `read` those whose ids the answer names; of `search`
   * those of `associations.*` in its filters; of `create` the other ends; of `associations.write` both ends. Each record at
   * such an end has to be readable too, which is a decision of its own
   */
  readonly associations?: readonly string[] | undefined
  /** of `search`: names of the properties that every filter group pins by equality (`EQ`); of a plain listing none */
  readonly pinned?: readonly string[] | undefined
  /** of `search`: the rows before the page that is asked for and those on it together, `after` plus `limit` */
  readonly maxResults?: number | undefined
  /** of `create`, `update` and `associations.write`: how many records the same call is about, 1 without a batch */
  readonly inputs?: number | undefined
  /** of `create` and `update` */
  readonly content?: WrittenContent | undefined
  /** of `owners.read`: whether the answer would show e-mail addresses */
  readonly ownerEmails?: boolean | undefined
}

export interface HubspotAction {
  readonly operation: HubspotOperation
  readonly crm: CrmTarget
}

/** the property that says whose a record is, for every kind of record */
export const OWNER_PROPERTY = 'hubspot_owner_id'

/** the property that says in which pipeline a record is */
export function pipelinePropertyOf(objectType: string): string {
  return objectType === 'deals' ? 'pipeline' : 'hs_pipeline'
}

/** the property that says how far it is there; a stage is of one pipeline, so who writes it may move the record into that one */
export function stagePropertyOf(objectType: string): string {
  return objectType === 'deals' ? 'dealstage' : 'hs_pipeline_stage'
}
