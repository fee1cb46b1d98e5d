import { z } from 'zod'
import type { Call, ReadOperation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { mayWrite, readOwnDraft } from '../drafts/own-draft.ts'
import { fillPage } from '../filtered-page.ts'
import { booleanSchema, decodeQuery, once } from '../parameters.ts'

interface Params {
  readonly wanted: number
  readonly pageToken: string | undefined
}

interface Facts {
  readonly wanted: number
  /** how many of the grant's drafts come before this page */
  readonly start: number
}

const ACTION = { operation: 'gmail.drafts.list' } as const
const MAX_RESULTS = 100

const schema = z.strictObject({
  maxResults: once(
    z
      .string()
      .regex(/^[1-9]\d{0,2}$/)
      .transform(Number),
  ),
  pageToken: once(z.string().min(1).max(2048)),
  includeSpamTrash: once(booleanSchema),
})

/** the drafts of this grant, and of those the ones that the token could have written. Gmail's own list is the owner's */
export const draftsList: ReadOperation<Params, Facts> = {
  effect: 'read',
  name: 'gmail.users.drafts.list',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/drafts', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [ACTION],
  conceals: false,
  decode(request) {
    const decoded = decodeQuery(request, schema)
    if (!decoded.ok) return decoded
    const { maxResults = MAX_RESULTS, pageToken } = decoded.params
    return { ok: true, params: { wanted: Math.min(maxResults, MAX_RESULTS), pageToken } }
  },
  toRecord: ({ wanted, pageToken }) => ({ maxResults: wanted, continued: pageToken !== undefined }),
  prepare({ wanted, pageToken }, call) {
    const opened = pageToken === undefined ? '0' : call.unwrapPageToken(pageToken, '')
    if (opened === undefined) {
      return { ok: false, refusal: badRequest('foreign_page_token', 'invalid pageToken') }
    }
    return { ok: true, prepared: { wanted, start: Number(opened) }, actions: [ACTION] }
  },
  async project({ wanted, start }, _chosen, call) {
    const own = await call.ownItems.list(call.grantId, 'draft')
    const { rows, next } = await fillPage({
      wanted,
      start: String(start),
      fetchPage: (size, from = '0') => Promise.resolve(pageOf(own, Number(from), size)),
      show: (id) => showRow(id, call),
    })
    const body: Record<string, unknown> = {}
    if (rows.length > 0) body['drafts'] = rows
    if (next !== undefined) body['nextPageToken'] = call.wrapPageToken(next, '')
    body['resultSizeEstimate'] = rows.length
    return { ok: true, body }
  },
}

function pageOf(
  own: readonly { readonly id: string }[],
  from: number,
  size: number,
): { ids: string[]; next: string | undefined } {
  const end = from + size
  return {
    ids: own.slice(from, end).map(({ id }) => id),
    next: end < own.length ? String(end) : undefined,
  }
}

async function showRow(id: string, call: Call): Promise<unknown> {
  const draft = await readOwnDraft(id, call)
  if (draft === undefined || !(await mayWrite(draft, call))) return undefined
  return { id, message: { id: draft.messageId, threadId: draft.threadId } }
}
