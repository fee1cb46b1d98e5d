import { z } from 'zod'
import { age, ageSchema } from './age.ts'
import { attachments, attachmentsSchema } from './attachments.ts'
import { authenticated, authenticatedSchema } from './authenticated.ts'
import { bodyEcho, bodyEchoSchema } from './body-echo.ts'
import { bodyHtml, bodyHtmlSchema } from './body-html.ts'
import { bodyLinks, bodyLinksSchema } from './body-links.ts'
import { bodyRefuse, bodyRefuseSchema } from './body-refuse.ts'
import { approval, mailApprovalSchema } from './approval.ts'
import {
  GMAIL_ACTIONS,
  type Body,
  type Conditions,
  type GmailActionName,
  type Narrowing,
} from './capability.ts'
import {
  actionsSchema,
  GENERAL,
  generalSchemas,
  type ActionDefinition,
  type Vocabulary,
} from './provider-vocabulary.ts'
import { content, contentSchema } from './content.ts'
import { hasAttachment, hasAttachmentSchema } from './has-attachment.ts'
import { addedLabels, labelChangesSchema, removedLabels } from './label-changes.ts'
import { labels, labelsSchema } from './labels.ts'
import {
  LIMITS_OF_GMAIL,
  LIMITS_ON_READING,
  LIMITS_ON_REPLYING,
  LIMITS_ON_SENDING,
} from './limits.ts'
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

/** which actions exist and which constraints each may carry */
const ACTIONS: Readonly<Record<GmailActionName, ActionDefinition>> = {
  'messages.read': {
    operation: 'gmail.messages.read',
    alongside: ['gmail.messages.list', 'gmail.labels.list', 'gmail.profile.read'],
    constraints: [...FILTER, content, ...LIMITS_ON_READING, ...GENERAL],
  },
  'messages.reply': {
    operation: 'gmail.messages.reply',
    alongside: ['gmail.profile.read'],
    constraints: [...FILTER, ...SENDING, ...LIMITS_ON_REPLYING, approval, ...GENERAL],
  },
  'messages.send': {
    operation: 'gmail.messages.send',
    alongside: ['gmail.profile.read'],
    constraints: [...SENDING, ...LIMITS_ON_SENDING, approval, ...GENERAL],
  },
  // a filter speaks of the message that a draft answers: an entry that has one allows no drafts of new mails
  'drafts.write': {
    operation: 'gmail.drafts.write',
    alongside: ['gmail.drafts.list', 'gmail.profile.read'],
    constraints: [...FILTER, ...SENDING, approval, ...GENERAL],
  },
  'labels.apply': {
    operation: 'gmail.labels.apply',
    alongside: ['gmail.labels.list'],
    constraints: [...FILTER, ...LABELLING, approval, ...GENERAL],
  },
  'messages.trash': {
    operation: 'gmail.messages.trash',
    alongside: [],
    constraints: [...FILTER, approval, ...GENERAL],
  },
  // what changed in the mail that `messages.read` shows; each row of it is decided as a message
  'history.read': {
    operation: 'gmail.history.list',
    alongside: ['gmail.profile.read'],
    constraints: GENERAL,
  },
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
const entrySchema: z.ZodType<Narrowing> = z.strictObject({
  type: z.literal('gmail'),
  actions: actionsSchema(GMAIL_ACTIONS),
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
  approval: mailApprovalSchema.optional(),
  ...generalSchemas,
})

export const gmail: Vocabulary = {
  type: 'gmail',
  names: GMAIL_ACTIONS,
  actions: ACTIONS,
  constraints: [
    ...FILTER,
    content,
    ...SENDING,
    ...LABELLING,
    ...LIMITS_OF_GMAIL,
    approval,
    ...GENERAL,
  ],
  entrySchema,
  adjust: (action, conditions) =>
    action === 'messages.send' ? withoutThread(conditions) : conditions,
}

/** the mail that an action sends or prepares has recipients */
export function isSending(action: string): boolean {
  return isGmailAction(action) && ACTIONS[action].constraints.includes(recipients)
}

/** it is about messages, of which a grant reaches those in the mailbox proper */
export function isFiltered(action: string): boolean {
  return isGmailAction(action) && ACTIONS[action].constraints.includes(from)
}

function isGmailAction(action: string): action is GmailActionName {
  return GMAIL_ACTIONS.some((one) => one === action)
}
