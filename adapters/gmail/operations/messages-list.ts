import type { ReadOperation } from '../../operation.ts'
import {
  decodeList,
  fillList,
  isListed,
  toListRecord,
  toQuestion,
  type ListParams,
  type Question,
} from '../list-parameters.ts'
import { rowVisibility } from '../listing/row-visibility.ts'

const ACTION = { operation: 'gmail.messages.list' } as const

/** Gmail's search narrows; which rows are shown is decided here, row by row, on metadata that the front fetched itself */
export const messagesList: ReadOperation<ListParams, Question> = {
  effect: 'read',
  name: 'gmail.users.messages.list',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/messages', dialect: 'json' }],
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
    const list = await fillList(
      {
        collection: 'messages',
        async show(id, rows) {
          const row = await rows.message(id)
          if (row === undefined) return undefined
          const { visibility } = await rowVisibility(row, rows, call)
          return isListed(visibility, question) ? { id, threadId: row.threadId } : undefined
        },
      },
      question,
      call,
    )
    if (!list.ok) return list
    const { rows, nextPageToken } = list
    const body: Record<string, unknown> = {}
    if (rows.length > 0) body['messages'] = rows
    if (nextPageToken !== undefined) body['nextPageToken'] = nextPageToken
    // Gmail's estimate counts what may not be seen
    body['resultSizeEstimate'] = rows.length
    return { ok: true, body }
  },
}
