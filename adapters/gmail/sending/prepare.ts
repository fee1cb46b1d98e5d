import type { GmailAction, MailFacts } from '../../../capabilities/index.ts'
import type { Call, Prepared } from '../../operation.ts'
import { badRequest, missing } from '../../refusal.ts'
import { parseThread, unexpected } from '../message.ts'
import { readMail, type DecodedMail } from '../mime/index.ts'
import type { SendRequest } from '../upload.ts'
import { traceAttachments } from './attachment-origins.ts'
import {
  passesFilter,
  readConversation,
  toAnswerAction,
  type AnswerableMessage,
  type Purpose,
} from './conversation.ts'
import { findEchoes, type Echoes } from './echoes.ts'
import { draftsOf, toMailFacts, withEchoes, withSubject, type Draft } from './draft.ts'
import { findKnownHosts } from './known-hosts.ts'
import { threadOnto, type Threading } from './threading.ts'

/** one way to send, ready to be written; `actions[i]` of the decision belongs to `ways[i]` */
interface Way {
  readonly draft: Draft
  readonly subject: string
  readonly threading: Omit<Threading, 'subject'> | undefined
  /** passages that are the agent's own words: remembered as such before they leave */
  readonly own: Echoes['own']
}

export interface PreparedSend {
  readonly threadId: string | undefined
  readonly ways: readonly Way[]
}

export async function prepareSending(
  request: SendRequest,
  call: Call,
  purpose: Purpose = 'sending',
): Promise<Prepared<PreparedSend>> {
  const reading = await readMail(request.message, { isDraft: purpose === 'drafting' })
  if (!reading.ok) return { ok: false, refusal: badRequest('bad_message', reading.refusal) }
  return request.threadId === undefined
    ? prepareNew(reading.mail, call, purpose)
    : prepareReply(reading.mail, request.threadId, call, purpose)
}

async function prepareNew(
  mail: DecodedMail,
  call: Call,
  purpose: Purpose,
): Promise<Prepared<PreparedSend>> {
  const attachments = await traceAttachments(mail.attachments, [], call)
  const candidates: Candidate[] = []
  for (const draft of draftsOf(mail, attachments, call.account)) {
    const written = withSubject(toMailFacts(draft, new Set()), mail.subject)
    const echoes = await findEchoes(written.texts, attachments, undefined, call)
    const facts = withEchoes(written, echoes)
    candidates.push({
      way: { draft, subject: mail.subject, threading: undefined, own: echoes?.own ?? [] },
      action:
        purpose === 'drafting'
          ? { operation: 'gmail.drafts.write', thread: undefined, mail: facts }
          : { operation: 'gmail.messages.send', mail: facts },
    })
  }
  return toPrepared(candidates, undefined)
}

/** Any message of the thread may be the one that is answered: the newest that the token allows is. */
async function prepareReply(
  mail: DecodedMail,
  threadId: string,
  call: Call,
  purpose: Purpose,
): Promise<Prepared<PreparedSend>> {
  const json = await call.reader.read(['threads', threadId], [['format', 'full']])
  if (json === undefined) return { ok: false, refusal: missing('thread_missing') }
  const thread = parseThread(json)
  if (thread.id !== threadId) throw unexpected('another thread was answered')
  const conversation = await readConversation(thread, call, purpose)
  const answerable = conversation.answerable.filter((each) => mayKnow(each, call, purpose))
  if (answerable.length === 0) return { ok: false, refusal: missing('nothing_to_answer') }
  const attachments = await traceAttachments(mail.attachments, conversation.messages, call)
  const knownHosts = findKnownHosts(conversation.messages)
  const drafts: WrittenDraft[] = []
  for (const draft of draftsOf(mail, attachments, call.account)) {
    const written = toMailFacts(draft, knownHosts)
    const answered = { threadId, messages: conversation.messages }
    // the subject is the conversation's own
    const echoes = await findEchoes(written.texts, attachments, answered, call)
    const factsWith = bySubject(withEchoes(written, echoes))
    drafts.push({ draft, own: echoes?.own ?? [], factsWith })
  }
  const candidates = answerable.flatMap(({ message, facts: answered }): Candidate[] => {
    const { subject, ...threading } = threadOnto(message)
    const facts = { participants: conversation.participants, answered }
    return drafts.map(({ draft, own, factsWith }) => ({
      way: { draft, subject, threading, own },
      action: toAnswerAction(facts, factsWith(subject), purpose),
    }))
  })
  return toPrepared(candidates, threadId)
}

interface WrittenDraft {
  readonly draft: Draft
  readonly own: Echoes['own']
  readonly factsWith: (subject: string) => MailFacts
}

/** the messages of a thread share their subject: one set of facts, so that a long text is searched once for all of them */
function bySubject(facts: MailFacts): (subject: string) => MailFacts {
  const known = new Map<string, MailFacts>()
  return (subject) => {
    const made = known.get(subject) ?? withSubject(facts, subject)
    known.set(subject, made)
    return made
  }
}

/**
 * A message that the token may neither read nor answer with any mail at all does not exist for it: a denial that speaks of
 * recipients would tell that the thread is there.
 */
function mayKnow({ facts }: AnswerableMessage, call: Call, purpose: Purpose): boolean {
  return (
    passesFilter(facts, call, purpose) ||
    call.judge({ operation: 'gmail.messages.read', content: 'metadata', message: facts }).allowed
  )
}

interface Candidate {
  readonly way: Way
  readonly action: GmailAction
}

function toPrepared(
  candidates: readonly Candidate[],
  threadId: string | undefined,
): Prepared<PreparedSend> {
  const [first, ...others] = candidates.map(({ action }) => action)
  if (first === undefined) return { ok: false, refusal: missing('nothing_to_answer') }
  const ways = candidates.map(({ way }) => way)
  return { ok: true, prepared: { threadId, ways }, actions: [first, ...others] }
}
