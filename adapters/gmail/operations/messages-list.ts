import type { ReadOperation } from '../../operation.ts'
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
import { FILTER_HEADERS, readMessage, rowVisibility } from '../row-facts.ts'

const ACTION = { operation: 'gmail.messages.list' } as const

interface Facts {
  readonly params: ListParams
  readonly start: string | undefined
}

/** Gmail's search narrows; which rows are shown is decided here, row by row, on metadata that the front fetched itself */
export const messagesList: ReadOperation<ListParams, Facts> = {
  effect: 'read',
  name: 'gmail.users.messages.list',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/messages', dialect: 'json' }],
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
    const page = await fillPage({
      wanted: params.wanted,
      start,
      fetchPage: (size, pageToken) =>
        fetchIds({ collection: 'messages', params, call, size, pageToken }),
      async show(id) {
        const message = await readMessage(id, [['format', 'metadata'], ...FILTER_HEADERS], call)
        if (message?.id !== id) return undefined
        const { visibility } = await rowVisibility(message, call)
        return isListed(visibility, params) ? { id, threadId: message.threadId } : undefined
      },
    })
    const body: Record<string, unknown> = {}
    if (page.rows.length > 0) body['messages'] = page.rows
    if (page.next !== undefined) body['nextPageToken'] = sealPageToken(page.next, params, call)
    // Gmail's estimate counts what may not be seen
    body['resultSizeEstimate'] = page.rows.length
    return { ok: true, body }
  },
}
