import { z } from 'zod'
import type { Call, ReadOperation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { mayWrite, readOwnDraft, type OwnDraft } from '../drafts/own-draft.ts'
import { LONG_WALK, LongWalks, unfinished } from '../long-walk.ts'
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
    const { rows, next } = await fillDrafts(
      own.map(({ id }) => id),
      wanted,
      start,
      call,
    )
    const wrap = (place: number): string => call.wrapPageToken(String(place), '')
    if (rows.length === 0 && next !== undefined) {
      return { ok: false, refusal: unfinished(wrap(next)) }
    }
    const body: Record<string, unknown> = {}
    if (rows.length > 0) body['drafts'] = rows
    if (next !== undefined) body['nextPageToken'] = wrap(next)
    body['resultSizeEstimate'] = rows.length
    return { ok: true, body }
  },
}

/** each row is a whole mail that is read and decided on: what one call may cost before it gives what it has found */
const MAX_EXAMINED = 400
const MAX_CHARACTERS = 24 * 1024 * 1024
/** and what it may cost where it has found nothing */
const MAX_CHARACTERS_FOR_ONE = 8 * MAX_CHARACTERS
const AT_ONCE = 4

async function fillDrafts(
  own: readonly string[],
  wanted: number,
  start: number,
  call: Call,
): Promise<{ readonly rows: readonly unknown[]; readonly next: number | undefined }> {
  const longWalks = await LongWalks.of(call)
  let isLong = false
  try {
    const until = performance.now() + LONG_WALK.milliseconds
    const rows: unknown[] = []
    let at = start
    let characters = 0
    while (rows.length < wanted && at < own.length) {
      const ids = own.slice(at, at + Math.min(AT_ONCE, wanted - rows.length))
      at += ids.length
      const drafts = await Promise.all(ids.map((id) => readOwnDraft(id, call)))
      for (const draft of drafts) {
        if (draft === undefined) continue
        characters += draft.raw.length
        if (await mayWrite(draft, call)) rows.push(toRow(draft))
      }
      const examined = at - start
      if (examined < MAX_EXAMINED && characters <= MAX_CHARACTERS) continue
      if (rows.length > 0) break
      isLong ||= longWalks.enter()
      if (!isLong || examined >= LONG_WALK.examined) break
      if (characters > MAX_CHARACTERS_FOR_ONE || performance.now() >= until) break
    }
    return { rows, next: at < own.length ? at : undefined }
  } finally {
    if (isLong) longWalks.leave()
  }
}

function toRow({ id, messageId, threadId }: OwnDraft): unknown {
  return { id, message: { id: messageId, threadId } }
}
