import type { Call, ReadOperation } from '../../operation.ts'
import { fillPage } from '../filtered-page.ts'
import {
  decodeList,
  fetchIds,
  isListed,
  openPageToken,
  sealPageToken,
  toListRecord,
  type ListParams,
} from '../list-parameters.ts'
import { parseThread } from '../message.ts'
import { latestHistoryId } from '../projection.ts'
import { FILTER_HEADERS, readMessage, rowVisibility } from '../row-facts.ts'

const ACTION = { operation: 'gmail.messages.list' } as const

interface Facts {
  readonly params: ListParams
  readonly start: string | undefined
}

/** a thread is listed when one of its messages may be seen, and what the row says is about the messages that may */
export const threadsList: ReadOperation<ListParams, Facts> = {
  effect: 'read',
  name: 'gmail.users.threads.list',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/threads', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [ACTION],
  conceals: false,
  decode: decodeList,
  toRecord: toListRecord,
  prepare(params, call) {
    const opened = openPageToken(params, call)
    if (!opened.ok) return opened
    return { ok: true, prepared: { params, start: opened.params }, actions: [ACTION] }
  },
  async project({ params, start }, _chosen, call) {
    const source = params.search.length === 0 ? allThreads(call) : foundThreads(params, call)
    const page = await fillPage({
      wanted: params.wanted,
      start,
      fetchPage: (size, pageToken) =>
        fetchIds({ collection: source.collection, params, call, size, pageToken }),
      show: source.show,
    })
    const body: Record<string, unknown> = {}
    if (page.rows.length > 0) body['threads'] = page.rows
    if (page.next !== undefined) body['nextPageToken'] = sealPageToken(page.next, params, call)
    body['resultSizeEstimate'] = page.rows.length
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
function foundThreads(params: ListParams, call: Call): ThreadSource {
  const seen = new Set<string>()
  return {
    collection: 'messages',
    async show(id) {
      const message = await readMessage(id, [['format', 'metadata'], ...FILTER_HEADERS], call)
      if (message?.id !== id) return undefined
      const { visibility } = await rowVisibility(message, call)
      if (!isListed(visibility, params) || seen.has(message.threadId)) return undefined
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
  const snippet = last.visibility === 'full' ? last.message.resource['snippet'] : undefined
  if (typeof snippet === 'string') shown['snippet'] = snippet
  const historyId = latestHistoryId(visible.map(({ message }) => message))
  if (historyId !== undefined) shown['historyId'] = historyId
  return shown
}
