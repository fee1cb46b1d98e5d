import type { Call, ReadOperation } from '../../operation.ts'
import {
  decodeList,
  fillList,
  isListed,
  toListRecord,
  toQuestion,
  type ListParams,
  type Question,
} from '../list-parameters.ts'
import { toMessageFacts } from '../message-facts.ts'
import { parseThread, type GmailMessage } from '../message.ts'
import { latestHistoryId } from '../projection.ts'
import type { Visibility } from '../readable.ts'
import { FILTER_HEADERS, readMessage, rowVisibility } from '../row-facts.ts'

const ACTION = { operation: 'gmail.messages.list' } as const

/** a thread is listed when one of its messages may be seen, and what the row says is about the messages that may */
export const threadsList: ReadOperation<ListParams, Question> = {
  effect: 'read',
  name: 'gmail.users.threads.list',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/threads', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [ACTION],
  conceals: false,
  decode: decodeList,
  toRecord: toListRecord,
  prepare(params, call) {
    const question = toQuestion(params, call)
    if (!question.ok) return question
    return { ok: true, prepared: question.params, actions: [ACTION] }
  },
  async project(question, _chosen, call) {
    const source = question.isSearch ? foundThreads(question, call) : allThreads(call)
    const { rows, nextPageToken } = await fillList(source, question, call)
    const body: Record<string, unknown> = {}
    if (rows.length > 0) body['threads'] = rows
    if (nextPageToken !== undefined) body['nextPageToken'] = nextPageToken
    body['resultSizeEstimate'] = rows.length
    return { ok: true, body }
  },
}

interface ThreadSource {
  readonly collection: 'messages' | 'threads'
  show(this: void, id: string): Promise<Record<string, unknown> | undefined>
}

function allThreads(call: Call): ThreadSource {
  return { collection: 'threads', show: (id) => showThread(id, call) }
}

/**
 * Gmail finds a thread by any of its messages. A thread of which the agent sees one message would so answer questions about
 * the others: the search is made over messages, and only what may be seen is found. A thread with several found messages can
 * come again on a later page.
 */
function foundThreads(question: Question, call: Call): ThreadSource {
  const seen = new Set<string>()
  return {
    collection: 'messages',
    async show(id) {
      const message = await readMessage(id, [['format', 'metadata'], ...FILTER_HEADERS], call)
      if (message?.id !== id) return undefined
      const { visibility } = await rowVisibility(message, call)
      if (!isListed(visibility, question) || seen.has(message.threadId)) return undefined
      seen.add(message.threadId)
      return showThread(message.threadId, call)
    },
  }
}

async function showThread(id: string, call: Call): Promise<Record<string, unknown> | undefined> {
  const answer = await call.reader.read(
    ['threads', id],
    [['format', 'metadata'], ...FILTER_HEADERS],
  )
  if (answer === undefined) return undefined
  const thread = parseThread(answer)
  if (thread.id !== id) return undefined
  const visible = []
  for (const message of thread.messages) {
    const row = await rowVisibility(message, call)
    if (row.visibility !== 'none') visible.push(row)
  }
  const last = visible.at(-1)
  if (last === undefined) return undefined
  const shown: Record<string, unknown> = { id }
  // Gmail's snippet is that of the newest message, whichever it is
  const snippet = isSnippetShown(last, call) ? last.message.resource['snippet'] : undefined
  if (typeof snippet === 'string') shown['snippet'] = snippet
  const historyId = latestHistoryId(visible.map(({ message }) => message))
  if (historyId !== undefined) shown['historyId'] = historyId
  return shown
}

/** rows are not counted: under a limit on reading they say nothing of what a message says */
function isSnippetShown(
  { visibility, message }: { readonly visibility: Visibility; readonly message: GmailMessage },
  call: Call,
): boolean {
  if (visibility !== 'full') return false
  const facts = toMessageFacts(message, call)
  return !call.isCounted({ operation: 'gmail.messages.read', content: 'full', message: facts })
}
