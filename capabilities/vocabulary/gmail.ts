import { z } from 'zod'
import { age, ageSchema } from './age.ts'
import { attachments, attachmentsSchema } from './attachments.ts'
import { authenticated, authenticatedSchema } from './authenticated.ts'
import { bodyEcho, bodyEchoSchema } from './body-echo.ts'
import { bodyHtml, bodyHtmlSchema } from './body-html.ts'
import { bodyLinks, bodyLinksSchema } from './body-links.ts'
import { bodyRefuse, bodyRefuseSchema } from './body-refuse.ts'
import {
  GMAIL_ACTIONS,
  type Body,
  type Conditions,
  type GmailActionName,
  type Narrowing,
} from './capability.ts'
import type { Constraint } from './constraint.ts'
import { content, contentSchema } from './content.ts'
import { expiry, expirySchema } from './expiry.ts'
import type { GmailOperation } from './gmail-action.ts'
import { hasAttachment, hasAttachmentSchema } from './has-attachment.ts'
import { hours, hoursSchema } from './hours.ts'
import { addedLabels, labelChangesSchema, removedLabels } from './label-changes.ts'
import { labels, labelsSchema } from './labels.ts'
import {
  LIMITS,
  LIMITS_ON_READING,
  LIMITS_ON_REPLYING,
  LIMITS_ON_SENDING,
  limitsSchema,
} from './limits.ts'
import { locations, locationsSchema } from './locations.ts'
import { cc, from, partiesSchema, to } from './parties.ts'
import { maxRecipients, recipients, recipientsSchema } from './recipients.ts'
import { subject, subjectSchema } from './subject.ts'
import { threads, threadsSchema } from './threads.ts'

/** which message */
const FILTER = [from, to, cc, labels, subject, age, threads, hasAttachment, authenticated]
/** what may leave */
const SENDING = [recipients, maxRecipients, attachments, bodyHtml, bodyLinks, bodyRefuse, bodyEcho]
/** which labels may change hands */
const LABELLING = [addedLabels, removedLabels]
/** where and when; these stand on every operation of an entry */
export const GENERAL: readonly Constraint[] = [locations, hours, expiry]

export const CONSTRAINTS: readonly Constraint[] = [
  ...FILTER,
  content,
  ...SENDING,
  ...LABELLING,
  ...LIMITS,
  ...GENERAL,
]

interface ActionDefinition {
  /** the operation that the constraints are about */
  readonly operation: GmailOperation
  /** what a stock client needs around it; only GENERAL stands on these */
  readonly alongside: readonly GmailOperation[]
  readonly constraints: readonly Constraint[]
}

/** which actions exist and which constraints each may carry */
const ACTIONS: Record<GmailActionName, ActionDefinition> = {
  'messages.read': {
    operation: 'gmail.messages.read',
    alongside: ['gmail.messages.list', 'gmail.labels.list', 'gmail.profile.read'],
    constraints: [...FILTER, content, ...LIMITS_ON_READING, ...GENERAL],
  },
  'messages.reply': {
    operation: 'gmail.messages.reply',
    alongside: ['gmail.profile.read'],
    constraints: [...FILTER, ...SENDING, ...LIMITS_ON_REPLYING, ...GENERAL],
  },
  'messages.send': {
    operation: 'gmail.messages.send',
    alongside: ['gmail.profile.read'],
    constraints: [...SENDING, ...LIMITS_ON_SENDING, ...GENERAL],
  },
  // a filter speaks of the message that a draft answers: an entry that has one allows no drafts of new mails
  'drafts.write': {
    operation: 'gmail.drafts.write',
    alongside: ['gmail.drafts.list', 'gmail.profile.read'],
    constraints: [...FILTER, ...SENDING, ...GENERAL],
  },
  'labels.apply': {
    operation: 'gmail.labels.apply',
    alongside: ['gmail.labels.list'],
    constraints: [...FILTER, ...LABELLING, ...GENERAL],
  },
  'messages.trash': {
    operation: 'gmail.messages.trash',
    alongside: [],
    constraints: [...FILTER, ...GENERAL],
  },
  // what changed in the mail that `messages.read` shows; each row of it is decided as a message
  'history.read': {
    operation: 'gmail.history.list',
    alongside: ['gmail.profile.read'],
    constraints: GENERAL,
  },
}

export function definitionOf(action: GmailActionName): ActionDefinition {
  return ACTIONS[action]
}

/**
 * The operations that an action stands for: what its provider's methods mean.
 *
 * @example
 * operationsOf('messages.send') // ['gmail.messages.send', 'gmail.profile.read']
 */
export function operationsOf(action: GmailActionName): readonly GmailOperation[] {
  return [ACTIONS[action].operation, ...ACTIONS[action].alongside]
}

export function isSending(action: GmailActionName): boolean {
  return ACTIONS[action].constraints.includes(recipients)
}

export function isFiltered(action: GmailActionName): boolean {
  return ACTIONS[action].constraints.includes(from)
}

/** what of an entry's conditions is about one action */
export function conditionsFor(action: GmailActionName, conditions: Conditions): Conditions {
  const applicable = ACTIONS[action].constraints.reduce<Conditions>(
    (taken, one) => one.take(taken, conditions),
    {},
  )
  return action === 'messages.send' ? withoutThread(applicable) : applicable
}

/** a new mail answers nobody: there are no participants and no sender to allow */
function withoutThread(conditions: Conditions): Conditions {
  const said = conditions.recipients
  if (said === undefined || (!said.participants && !said.sender_only)) return conditions
  const { participants: _participants, sender_only: _sender, ...rest } = said
  const nobody = rest.domains === undefined && rest.addresses === undefined && { addresses: [] }
  return { ...conditions, recipients: { ...rest, ...nobody } }
}

const bodySchema: z.ZodType<Body> = z
  .strictObject({
    html: bodyHtmlSchema.optional(),
    links: bodyLinksSchema.optional(),
    refuse: bodyRefuseSchema.optional(),
    echo: bodyEchoSchema.optional(),
  })
  .refine((body) => Object.values(body).some((said) => said !== undefined), {
    message: 'name at least one of `html`, `links`, `refuse`, `echo`',
  })

/** an entry of `authorization_details` or of an attenuation, before anything is filled in */
export const entrySchema: z.ZodType<Narrowing> = z.strictObject({
  type: z.literal('gmail'),
  locations: locationsSchema.optional(),
  actions: z
    .array(z.enum(GMAIL_ACTIONS))
    .min(1)
    .max(GMAIL_ACTIONS.length)
    .transform((actions) => GMAIL_ACTIONS.filter((action) => actions.includes(action))),
  content: contentSchema.optional(),
  from: partiesSchema.optional(),
  to: partiesSchema.optional(),
  cc: partiesSchema.optional(),
  labels: labelsSchema.optional(),
  subject_contains: subjectSchema.optional(),
  newer_than_days: ageSchema.optional(),
  threads: threadsSchema.optional(),
  has_attachment: hasAttachmentSchema.optional(),
  authenticated: authenticatedSchema.optional(),
  recipients: recipientsSchema.optional(),
  attachments: attachmentsSchema.optional(),
  body: bodySchema.optional(),
  add: labelChangesSchema.optional(),
  remove: labelChangesSchema.optional(),
  limits: limitsSchema.optional(),
  hours: hoursSchema.optional(),
  expires_at: expirySchema.optional(),
})
