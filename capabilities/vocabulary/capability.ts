import {
  HUBSPOT_OBJECTS,
  HUBSPOT_VERBS,
  type HubspotObject,
  type HubspotVerb,
} from './hubspot-action.ts'
import {
  STRIPE_EFFECTS,
  STRIPE_READABLE,
  type StripeEffect,
  type StripeReadable,
} from './stripe-action.ts'

/**
 * The vocabulary as data: one entry of RFC 9396 `authorization_details`, one row that the buyer reads. What
 * `parseCapabilities` returns is in canonical form: addresses and texts normalised, lists sorted and without duplicates.
 */
export const PROVIDERS = ['gmail', 'hubspot', 'stripe'] as const
/** the kinds of front */
export type ProviderType = (typeof PROVIDERS)[number]

export const GMAIL_ACTIONS = [
  'messages.read',
  'messages.reply',
  'messages.send',
  'drafts.write',
  'labels.apply',
  'messages.trash',
  'history.read',
] as const
/** what can be done in a mailbox; reading brings listing, labels and the profile along */
export type GmailActionName = (typeof GMAIL_ACTIONS)[number]

/** what can be done in a Stripe account; reading brings listing and searching along */
export type StripeActionName = `${StripeReadable}.read` | StripeEffect
export const STRIPE_ACTIONS: readonly [StripeActionName, ...StripeActionName[]] = [
  'charges.read',
  ...STRIPE_READABLE.slice(1).map((readable) => `${readable}.read` as const),
  ...STRIPE_EFFECTS,
]

/** what can be done in a HubSpot account; listing is a search that pins nothing */
export type HubspotActionName =
  | `${HubspotObject}.${HubspotVerb}`
  | 'associations.write'
  | 'properties.read'
  | 'pipelines.read'
  | 'owners.read'
  | 'users.provision'
export const HUBSPOT_ACTIONS: readonly [HubspotActionName, ...HubspotActionName[]] = [
  'associations.write',
  ...HUBSPOT_OBJECTS.flatMap((object) => HUBSPOT_VERBS.map((verb) => `${object}.${verb}` as const)),
  'properties.read',
  'pipelines.read',
  'owners.read',
  'users.provision',
]

/** an action of one kind of front; which kind, the entry's `type` says */
export type ActionName = GmailActionName | HubspotActionName | StripeActionName

/** a union: a party matches when its address is listed or its domain is */
export interface Parties {
  /** exact: no subdomains */
  readonly domains?: readonly string[] | undefined
  /** bare addresses, without names */
  readonly addresses?: readonly string[] | undefined
}

/** a union as well; `max` bounds the number of addresses in To and Cc together */
export interface Recipients extends Parties {
  /** everyone in the answered thread */
  readonly participants?: true | undefined
  /** whoever wrote the answered message */
  readonly sender_only?: true | undefined
  /** addresses of To and Cc together */
  readonly max?: number | undefined
}

/** where the bytes of an attachment may come from; each word includes the ones before it */
export const ATTACHMENT_SOURCES = ['none', 'thread', 'readable', 'any'] as const
/** `none`, those of the answered `thread`, those that the agent may read (`readable`), or `any`; each word includes the ones before */
export type AttachmentSource = (typeof ATTACHMENT_SOURCES)[number]

export const LINK_SOURCES = ['none', 'known', 'any'] as const
/** where links of a mail may lead: nowhere (`none`), where the thread led already (`known`), or anywhere (`any`) */
export type LinkSource = (typeof LINK_SOURCES)[number]

/** what a mail that leaves may hold */
export interface Body {
  /** `none`: plain text alone; `sanitised`: what the front keeps of the HTML */
  readonly html?: 'none' | 'sanitised' | undefined
  /** nothing said: any */
  readonly links?: LinkSource | undefined
  /** preset names and literals that must not occur */
  readonly refuse?: readonly string[] | undefined
  /** `none`: no passage that was shown in another conversation; nothing said: not looked at */
  readonly echo?: 'none' | undefined
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
/** Monday to Sunday */
export type Weekday = (typeof WEEKDAYS)[number]

/** a window of local time, `from` included, `to` not; `HH:MM` */
export interface Hours {
  /** an IANA name, as `Europe/Berlin` */
  readonly zone: string
  /** of local time */
  readonly days: readonly Weekday[]
  /** `HH:MM`, included */
  readonly from: string
  /** `HH:MM`, not included */
  readonly to: string
}

export const LIMIT_WINDOWS = ['hour', 'day', 'week', 'grant'] as const
export type LimitWindow = (typeof LIMIT_WINDOWS)[number]
export const LIMIT_UNITS = ['calls', 'recipients', 'new_recipients', 'bytes', 'amount'] as const
export type LimitUnit = (typeof LIMIT_UNITS)[number]

/** one number of one unit per window of the calendar, or in all (`grant`) */
export interface Limit extends Partial<Readonly<Record<LimitUnit, number | undefined>>> {
  /** of the calendar; `grant`: in all */
  readonly per: LimitWindow
  /** IANA zone of the calendar; absent: UTC */
  readonly zone?: string | undefined
  /** replies and new e-mail count as one; what an entry for both means when it says nothing */
  readonly together?: true | undefined
  /** of `amount`: what it is counted in, ISO 4217 in lower case */
  readonly currency?: string | undefined
  /** what lies beyond it waits for the buyer; nothing said: is refused */
  readonly over?: 'ask' | undefined
}

/** the most that one call may move */
export interface Amount {
  /** ISO 4217 in lower case, as Stripe writes it; another currency is not granted */
  readonly currency: string
  /** in the currency's minor unit */
  readonly max: number
}

/** the raw value that HubSpot stores for a property */
export interface PropertyValue {
  /** internal, as `lifecyclestage` */
  readonly name: string
  /** as HubSpot stores it, case included */
  readonly equals: string
}

/** which records: all of what is said, and of several words of one member any */
export interface Where {
  /** ids of HubSpot users that own the record */
  readonly owner?: readonly string[] | undefined
  /** ids of the pipeline that it is in */
  readonly pipeline?: readonly string[] | undefined
  /** ids of lists that it is a member of */
  readonly list?: readonly string[] | undefined
  /** all of them, compared exactly */
  readonly property?: readonly PropertyValue[] | undefined
}

/** internal names of properties */
export interface Properties {
  /** what may be seen; `*` alone: everything */
  readonly read?: readonly string[] | undefined
  /** what may be written, or cleared */
  readonly write?: readonly string[] | undefined
}

/** what waits for the buyer: everything (`always`), or what one of these describes */
export type Approval =
  | 'always'
  | {
      /** of `amount`'s currency, in minor units */
      readonly amount_over?: number | undefined
      /** a mail with an attachment */
      readonly attachments?: true | undefined
      /** a recipient outside the conversation whom no address names, only a domain */
      readonly new_recipient?: true | undefined
      /** a passage that was shown in another conversation */
      readonly echo?: true | undefined
    }

/** everything that can be said about an action; what is not said is not limited */
export interface Conditions {
  /** public origins of fronts, as `locations` of RFC 9396 §2.2; absent: any front of this type */
  readonly locations?: readonly string[] | undefined
  /** how much of a mail is shown; `metadata` is headers without text and attachments */
  readonly content?: 'metadata' | 'full' | undefined
  /** who wrote the mail */
  readonly from?: Parties | undefined
  /** one of them is in To */
  readonly to?: Parties | undefined
  /** one of them is in Cc */
  readonly cc?: Parties | undefined
  /** all of them, by name or by Gmail's label id */
  readonly labels?: readonly string[] | undefined
  /** all of them, anywhere in the subject; case does not matter */
  readonly subject_contains?: readonly string[] | undefined
  /** received within that many days, at the time of the call */
  readonly newer_than_days?: number | undefined
  /** Gmail's ids of conversations, any of them */
  readonly threads?: readonly string[] | undefined
  /** with, or without */
  readonly has_attachment?: boolean | undefined
  /** Gmail saw the sender's domain pass DMARC */
  readonly authenticated?: true | undefined
  /** who may be written to: every address of To and Cc */
  readonly recipients?: Recipients | undefined
  /** where the bytes of what is attached come from */
  readonly attachments?: AttachmentSource | undefined
  /** what may stand in a mail that leaves */
  readonly body?: Body | undefined
  /** labels that may be put on a message, by name or by Gmail's label id */
  readonly add?: readonly string[] | undefined
  /** labels that may be taken off a message */
  readonly remove?: readonly string[] | undefined
  /** the most that one call may move, and in which currency */
  readonly amount?: Amount | undefined
  /** the charge was made within that many days, at the time of the call */
  readonly charge_age_days?: number | undefined
  /** Stripe's ids of customers: what it is about belongs to one of them */
  readonly customers?: readonly string[] | undefined
  /** Stripe's ids of connected accounts that money may go to */
  readonly destinations?: readonly string[] | undefined
  /** Stripe's ids of connected accounts that it is about; empty: the account itself, and none that is connected to it */
  readonly accounts?: readonly string[] | undefined
  /** parameters that may be written, by Stripe's names */
  readonly fields?: readonly string[] | undefined
  /** what Stripe may embed where it otherwise names an id; `data.` of lists left out */
  readonly expand?: readonly string[] | undefined
  /** which records of HubSpot */
  readonly where?: Where | undefined
  /** HubSpot's ids of records, any of them */
  readonly records?: readonly string[] | undefined
  /** a search pins all properties of one of these sets by equality */
  readonly must_filter_on?: readonly (readonly string[])[] | undefined
  /** how many rows a search may show, all its pages together */
  readonly max_results?: number | undefined
  /** which properties of records are seen and written */
  readonly properties?: Properties | undefined
  /** kinds of records to which links are shown or made, by name or by the id of a custom type */
  readonly associations?: readonly string[] | undefined
  /** how many records one call may write */
  readonly batch_max?: number | undefined
  /** ids of custom object types, as `2-3456789` */
  readonly object_types?: readonly string[] | undefined
  /** addresses of the people whose records they are */
  readonly owner_emails?: 'none' | 'shown' | undefined
  /** what waits for the buyer before it is done */
  readonly approval?: Approval | undefined
  /** how often and how much, counted by the front */
  readonly limits?: readonly Limit[] | undefined
  /** when it may be done */
  readonly hours?: Hours | undefined
  /** RFC 3339, UTC, whole seconds */
  readonly expires_at?: string | undefined
}

interface Entry extends Conditions {
  /** the kind of front */
  readonly type: ProviderType
  /** what may be done, under all that the entry says */
  readonly actions: readonly ActionName[]
}

/** authority as it was consented to: parsed, with every closed default said */
export type Capability = Entry

/** an attenuation entry: the actions that stay, and for each of them what it leaves unsaid stays as its parent has it */
export type Narrowing = Entry
