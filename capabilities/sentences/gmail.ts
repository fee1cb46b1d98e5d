import type { Conditions, GmailActionName, Recipients } from '../vocabulary/capability.ts'
import type { Constraint } from '../vocabulary/constraint.ts'
import { age } from '../vocabulary/age.ts'
import { attachments } from '../vocabulary/attachments.ts'
import { authenticated } from '../vocabulary/authenticated.ts'
import { bodyEcho } from '../vocabulary/body-echo.ts'
import { bodyHtml } from '../vocabulary/body-html.ts'
import { bodyLinks } from '../vocabulary/body-links.ts'
import { bodyRefuse } from '../vocabulary/body-refuse.ts'
import { hasAttachment } from '../vocabulary/has-attachment.ts'
import { labelWords } from '../vocabulary/label-changes.ts'
import { labels } from '../vocabulary/labels.ts'
import { cc, from, to } from '../vocabulary/parties.ts'
import { LIMITS_ON_READING, LIMITS_ON_REPLYING, LIMITS_ON_SENDING } from '../vocabulary/limits.ts'
import { isOpenDomain } from '../vocabulary/open-domains.ts'
import { maxRecipients, recipients } from '../vocabulary/recipients.ts'
import { subject } from '../vocabulary/subject.ts'
import { threads } from '../vocabulary/threads.ts'
import type { Single } from '../vocabulary/vocabularies.ts'
import { list } from '../vocabulary/words.ts'
import { ENDING, phrases, plainRow, sentenceOf, type Row } from './row.ts'

/** the order in which English wants them */
const CLOSE = [hasAttachment, from, to, cc, labels]
const ASIDE = [subject, threads, age, authenticated]
const SENDING = [recipients, maxRecipients, attachments, bodyHtml, bodyLinks, bodyRefuse, bodyEcho]
const ENDING_READS = [...LIMITS_ON_READING, ...ENDING]

/** the rows of one action of a mailbox */
export function mailRows(action: GmailActionName, conditions: Conditions): Row[] {
  switch (action) {
    case 'messages.read':
      return [readRow(conditions), alongsideRow(conditions)]
    case 'messages.reply':
      return [
        sendingRow(
          `Reply to ${mailWords(conditions, 'any e-mail')}`,
          conditions,
          LIMITS_ON_REPLYING,
        ),
      ]
    case 'messages.send':
      return [sendingRow('Send new e-mail', conditions, LIMITS_ON_SENDING)]
    case 'drafts.write':
      return [
        {
          ...sendingRow(`Write drafts of ${draftWords(conditions)}`, conditions, []),
          risk: 'normal',
        },
      ]
    case 'labels.apply':
      return [labelsRow(conditions)]
    case 'messages.trash':
      return [trashRow(conditions)]
    case 'history.read':
      return [plainRow('See what is new or has changed in the e-mail it may read', conditions)]
  }
}

function readRow(conditions: Conditions): Row {
  const shown =
    conditions.content === 'metadata'
      ? 'See sender, recipients, date, subject and technical headers (not the text or attachments) of'
      : 'Read'
  return {
    sentence: sentenceOf(
      `${shown} ${mailWords(conditions, 'all e-mail')}`,
      phrases(ENDING_READS, conditions),
    ),
    risk: isUnfiltered(conditions) ? 'high' : 'normal',
  }
}

/** what reading brings along, whatever the filter */
function alongsideRow(conditions: Conditions): Row {
  return plainRow('See the address of the account and the names of its labels', conditions)
}

/** a filter is about what a draft answers, so one that stands allows no other drafts */
function draftWords(conditions: Conditions): string {
  const replies = `replies to ${mailWords(conditions, 'any e-mail')}`
  return isUnfiltered(conditions) ? `new e-mail and of ${replies}` : replies
}

function labelsRow(conditions: Conditions): Row {
  const { add = [], remove = [] } = conditions
  const changes = [
    ...(add.length > 0 ? [`put the ${labelWords(add)} on`] : []),
    ...(remove.length > 0 ? [`take the ${labelWords(remove)} off`] : []),
  ]
  const both = `${changes.join(', or ')},`
  const opening = changes.length > 1 ? both : (changes[0] ?? 'change no label of')
  const mail = mailWords(conditions, 'all e-mail')
  return plainRow(`${opening.charAt(0).toUpperCase()}${opening.slice(1)} ${mail}`, conditions)
}

function trashRow(conditions: Conditions): Row {
  const mail = mailWords(conditions, 'any e-mail')
  const sentence = `Move ${mail} to the trash, and take back what it moved there`
  return { ...plainRow(sentence, conditions), risk: isUnfiltered(conditions) ? 'high' : 'normal' }
}

function sendingRow(opening: string, conditions: Conditions, limits: readonly Constraint[]): Row {
  const words = phrases([...SENDING, ...limits, ...ENDING], conditions)
  return {
    sentence: sentenceOf(opening, words),
    risk: isRiskySending(conditions) ? 'high' : 'normal',
  }
}

function mailWords(conditions: Conditions, all: string): string {
  if (isUnfiltered(conditions)) return `${all} except spam, trash and drafts`
  const [first, ...rest] = phrases(ASIDE, conditions)
  const close = phrases(CLOSE, conditions)
  const opening = ['e-mail', ...close, ...(close.length === 0 && first ? [first] : [])].join(' ')
  return sentenceOf(opening, close.length === 0 || !first ? rest : [first, ...rest])
}

function isUnfiltered(conditions: Conditions): boolean {
  return ![...CLOSE, ...ASIDE].some((one) => one.isSaid(conditions))
}

function isRiskySending({ recipients: to, attachments: from }: Conditions): boolean {
  return from === 'any' || from === undefined || to === undefined || reachesAnyone(to)
}

/** a domain where anybody can have an address is no limit */
function reachesAnyone({ domains }: Recipients): boolean {
  return (domains ?? []).some(isOpenDomain)
}

/** what an agent with exactly these still cannot do in the mailbox; of an agent without any, nothing needs saying */
export function absentFromMail(singles: readonly Single[]): string[] {
  const of = (...actions: GmailActionName[]): Conditions[] =>
    singles
      .filter(({ action }) => actions.some((one) => one === action))
      .map(({ conditions }) => conditions)
  return [
    ...absentReading(of('messages.read')),
    ...absentSending(of('messages.reply', 'messages.send')),
    ...(of('messages.send').length === 0 && of('messages.reply').length > 0
      ? ['start a new conversation']
      : []),
    ...absentChanges(of),
    ...NEVER,
  ]
}

/** no action of this version reaches these */
const NEVER: readonly string[] = [
  'change settings, filters or forwarding',
  'send hidden copies (Bcc) or write under another name',
]

function absentChanges(of: (...actions: GmailActionName[]) => Conditions[]): string[] {
  const [drafts, trash, labelling] = (
    ['drafts.write', 'messages.trash', 'labels.apply'] as const
  ).map((action) => of(action).length > 0)
  const moving = [
    trash ? 'delete e-mail for good' : 'delete or move e-mail',
    labelling ? 'archive e-mail or change any other label' : 'relabel e-mail',
  ]
  return [
    drafts ? 'read spam, trash or drafts that it did not write' : 'read spam, trash or drafts',
    ...(trash || labelling ? moving : ['delete, move or relabel e-mail']),
  ]
}

function absentReading(readings: readonly Conditions[]): string[] {
  if (readings.length === 0) return ['read e-mail']
  const cannot: string[] = []
  if (!readings.some(isUnfiltered)) cannot.push('read any other e-mail')
  if (readings.every(({ content }) => content === 'metadata')) {
    cannot.push('read the text or the attachments of e-mail')
  }
  return cannot
}

function absentSending(sendings: readonly Conditions[]): string[] {
  if (sendings.length === 0) return ['send e-mail']
  const cannot = [`write to anyone outside ${circleOf(sendings)}`]
  const sources = sendings.map((one) => one.attachments)
  if (sources.every((source) => source === 'none')) cannot.push('attach files')
  else if (!sources.includes('any')) cannot.push('attach files from outside the mailbox')
  if (sendings.every(({ body }) => body?.links === 'none')) cannot.push('send links')
  return cannot
}

/** everyone whom one or the other capability may write to */
function circleOf(sendings: readonly Conditions[]): string {
  const said = sendings.flatMap((one) => one.recipients ?? [])
  const bases = [
    ...(said.some((one) => one.participants) ? ['the conversation it answers'] : []),
    ...(said.some((one) => one.sender_only) ? ['the sender it answers'] : []),
  ]
  const domains = [...new Set(said.flatMap((one) => one.domains ?? []))].sort()
  const addresses = [...new Set(said.flatMap((one) => one.addresses ?? []))].sort()
  return list([...bases, ...domains, ...addresses], 'and')
}
