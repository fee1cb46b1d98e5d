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
import type { ListedRows } from '../listing/listed-rows.ts'
import { toRowFacts } from '../listing/row.ts'
import { rowVisibility, type SeenRow } from '../listing/row-visibility.ts'
import { latestHistoryId } from '../projection.ts'

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
    const list = await fillList(source, question, call)
    if (!list.ok) return list
    const { rows, nextPageToken } = list
    const body: Record<string, unknown> = {}
    if (rows.length > 0) body['threads'] = rows
    if (nextPageToken !== undefined) body['nextPageToken'] = nextPageToken
    body['resultSizeEstimate'] = rows.length
    return { ok: true, body }
  },
}

interface ThreadSource {
  readonly collection: 'messages' | 'threads'
  show(this: void, id: string, rows: ListedRows): Promise<Record<string, unknown> | undefined>
}

function allThreads(call: Call): ThreadSource {
  return { collection: 'threads', show: (id, rows) => showThread(id, rows, call) }
}

/**
 * Gmail finds a thread by any of its messages. A thread of which the agent sees one message would so answer questions about
 * the others: the search is made over messages, and only what may be seen is found. A thread with several found messages can
 * come again on a later page.
 */
function foundThreads(question: Question, call: Call): ThreadSource {
  /** the message that each thread was found by: a row may be asked for again */
  const foundBy = new Map<string, string>()
  return {
    collection: 'messages',
    async show(id, rows) {
      const row = await rows.message(id)
      if (row === undefined) return undefined
      const { visibility } = await rowVisibility(row, rows, call)
      const known = foundBy.get(row.threadId) ?? id
      if (!isListed(visibility, question) || known !== id) return undefined
      foundBy.set(row.threadId, id)
      return showThread(row.threadId, rows, call)
    },
  }
}

async function showThread(
  id: string,
  rows: ListedRows,
  call: Call,
): Promise<Record<string, unknown> | undefined> {
  const visible = []
  for (const row of (await rows.thread(id)) ?? []) {
    const seen = await rowVisibility(row, rows, call)
    if (seen.visibility !== 'none') visible.push(seen)
  }
  const last = visible.at(-1)
  if (last === undefined) return undefined
  const shown: Record<string, unknown> = { id }
  // Gmail's snippet is that of the newest message, whichever it is
  const snippet = isSnippetShown(last, call) ? last.row.resource.snippet : undefined
  if (snippet !== undefined) shown['snippet'] = snippet
  const historyId = latestHistoryId(visible.map(({ row }) => row))
  if (historyId !== undefined) shown['historyId'] = historyId
  return shown
}

/** rows are neither counted nor remembered: where what is shown is, they say nothing of what a message says */
function isSnippetShown({ visibility, row }: SeenRow, call: Call): boolean {
  if (visibility !== 'full' || call.shownPassages !== undefined) return false
  const message = toRowFacts(row, row.hasAttachment ?? false, call)
  return !call.isCounted({ operation: 'gmail.messages.read', content: 'full', message })
}
