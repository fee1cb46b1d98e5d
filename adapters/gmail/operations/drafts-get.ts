import type { Action } from '../../../capabilities/index.ts'
import type { Call, Projected, ReadOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { messageOf, prepareAsDraft, readOwnDraft, type OwnDraft } from '../drafts/own-draft.ts'
import { parseMessage, type GmailMessage } from '../message.ts'
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
  /** whether the token shows the messages that the draft may answer */
  readonly showsAnswered: boolean
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
  assumesApproval: true,
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
    const { actions } = prepared
    const showsAnswered = actions.every((action) => isAnsweredShown(action, call))
    return { ok: true, prepared: { draft, format, showsAnswered }, actions }
  },
  project: (facts, _chosen, call) =>
    facts.format === 'raw' ? showRaw(facts) : showDraft(facts, facts.format, call),
}

/**
 * The front took the subject and the references of a draft from what it answers. Writing one into a conversation that may be
 * answered and not be read, and looking at it, would tell them.
 */
function isAnsweredShown(action: Action, call: Call): boolean {
  const message = 'thread' in action ? action.thread?.answered : undefined
  if (message === undefined) return true
  return call.judge({ operation: 'gmail.messages.read', content: 'metadata', message }).allowed
}

function showRaw({ draft, showsAnswered }: Facts): Projected {
  if (!showsAnswered) return { ok: false, refusal: missing('no_own_draft') }
  const { id, messageId, threadId, labelIds, raw } = draft
  return { ok: true, body: { id, message: { id: messageId, threadId, labelIds, raw } } }
}

async function showDraft(
  { draft: { id, messageId }, showsAnswered }: Facts,
  format: Exclude<Format, 'raw'>,
  call: Call,
): Promise<Projected> {
  const answer = await call.reader.read(['drafts', id], [['format', 'full']])
  if (answer === undefined) return { ok: false, refusal: missing('not_found') }
  const message = parseMessage(messageOf(answer, id))
  // changed since it was decided on
  if (message.id !== messageId) return { ok: false, refusal: missing('no_own_draft') }
  const view = { format, metadataHeaders: new Set<string>() }
  const shown = showsAnswered ? message : withoutAnswered(message)
  return { ok: true, body: { id, message: projectMessage(shown, view, 'full') } }
}

const OF_THE_ANSWERED = ['subject', 'in-reply-to', 'references']

function withoutAnswered(message: GmailMessage): GmailMessage {
  const { payload } = message
  if (payload === undefined) return message
  const { headers = [] } = payload
  const own = headers.filter(({ name }) => !OF_THE_ANSWERED.includes(name.toLowerCase()))
  return { ...message, payload: { ...payload, headers: own } }
}
