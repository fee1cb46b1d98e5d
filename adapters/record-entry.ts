import type { Action, CrmTarget, Denial, GmailAction, MessageFacts } from '../capabilities/index.ts'
import type { RecordEntry } from './ports.ts'

/** the facts of an action as the record keeps them: who, whom, where, how much. What was written is not among them */
export function toRecordedFacts(action: Action): NonNullable<RecordEntry['facts']> {
  // ids, names and numbers, each of them read from Stripe
  if ('target' in action) return { operation: action.operation, ...action.target }
  if ('crm' in action) return { operation: action.operation, ...crmFacts(action.crm) }
  switch (action.operation) {
    case 'gmail.messages.list':
    case 'gmail.labels.list':
    case 'gmail.profile.read':
    case 'gmail.history.list':
    case 'gmail.drafts.list':
      return { operation: action.operation }
    case 'gmail.messages.read':
      return {
        operation: action.operation,
        content: action.content,
        message: capped(action.message),
      }
    case 'gmail.messages.reply':
      return {
        operation: action.operation,
        participants: action.thread.participants,
        answered: capped(action.thread.answered),
        ...mailFacts(action.mail),
      }
    case 'gmail.messages.send':
      return { operation: action.operation, ...mailFacts(action.mail) }
    case 'gmail.drafts.write':
      return {
        operation: action.operation,
        ...(action.thread && {
          participants: action.thread.participants,
          answered: capped(action.thread.answered),
        }),
        ...mailFacts(action.mail),
      }
    case 'gmail.labels.apply':
      return {
        operation: action.operation,
        message: capped(action.message),
        added: action.change.added.map(([id]) => id),
        removed: action.change.removed.map(([id]) => id),
      }
    case 'gmail.messages.trash':
      return { operation: action.operation, message: capped(action.message) }
  }
}

function mailFacts(
  mail: Extract<GmailAction, { operation: 'gmail.messages.send' }>['mail'],
): object {
  const { recipients, attachmentOrigins, html, linkOrigins, echoes } = mail
  return {
    recipients,
    attachmentOrigins,
    html,
    linkOrigins,
    ...(echoes !== undefined && { echoes }),
  }
}

/** which record, and the names of what was shown or written: no value of any property */
function crmFacts({ record, content, ...crm }: CrmTarget): object {
  return {
    ...crm,
    ...(record?.id !== undefined && { record: record.id }),
    ...(content && { html: content.html, linkOrigins: content.linkOrigins }),
  }
}

const MAX_SUBJECT = 200

/** the sender chose the subject, and its length */
function capped(message: MessageFacts): MessageFacts {
  return message.subject.length <= MAX_SUBJECT
    ? message
    : { ...message, subject: message.subject.slice(0, MAX_SUBJECT) }
}

export function caveatOf(denial: Denial): string | undefined {
  return denial.reason === 'no_right' ? undefined : `block ${denial.block}: ${denial.caveat}`
}
