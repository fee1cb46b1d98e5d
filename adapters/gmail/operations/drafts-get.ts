import type { Call, Projected, ReadOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { messageOf, prepareAsDraft, readOwnDraft, type OwnDraft } from '../drafts/own-draft.ts'
import { parseMessage } from '../message.ts'
import { decodeQuery, formatSchema, once, type Format } from '../parameters.ts'
import { projectMessage } from '../projection.ts'
import { WRITE_GATE } from './drafts-create.ts'
import { z } from 'zod'

interface Params {
  readonly id: string
  readonly format: Format
}

interface Facts {
  readonly draft: OwnDraft
  readonly format: Format
}

const schema: z.ZodType<{ format?: Format | undefined }> = z.strictObject({
  format: once(formatSchema),
})

/** the agent's own words, as long as they are still its own */
export const draftsGet: ReadOperation<Params, Facts> = {
  effect: 'read',
  name: 'gmail.users.drafts.get',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/drafts/{id}', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [WRITE_GATE],
  conceals: true,
  decode(request, ids) {
    const decoded = decodeQuery(request, schema)
    if (!decoded.ok) return decoded
    return { ok: true, params: { id: ids['id'] ?? '', format: decoded.params.format ?? 'full' } }
  },
  toRecord: ({ id, format }) => ({ id, format }),
  async prepare({ id, format }, call) {
    const draft = await readOwnDraft(id, call)
    if (draft === undefined) return { ok: false, refusal: missing('no_own_draft') }
    const prepared = await prepareAsDraft(draft, call)
    if (!prepared.ok) return { ok: false, refusal: missing('no_own_draft') }
    return { ok: true, prepared: { draft, format }, actions: prepared.actions }
  },
  project: ({ draft, format }, _chosen, call) =>
    format === 'raw' ? showRaw(draft) : showDraft(draft, format, call),
}

function showRaw({ id, messageId, threadId, labelIds, raw }: OwnDraft): Projected {
  return { ok: true, body: { id, message: { id: messageId, threadId, labelIds, raw } } }
}

async function showDraft(
  { id, messageId }: OwnDraft,
  format: Exclude<Format, 'raw'>,
  call: Call,
): Promise<Projected> {
  const answer = await call.reader.read(['drafts', id], [['format', 'full']])
  if (answer === undefined) return { ok: false, refusal: missing('not_found') }
  const message = parseMessage(messageOf(answer, id))
  // changed since it was decided on
  if (message.id !== messageId) return { ok: false, refusal: missing('no_own_draft') }
  const view = { format, metadataHeaders: new Set<string>() }
  return { ok: true, body: { id, message: projectMessage(message, view, 'full') } }
}
