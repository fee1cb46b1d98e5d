import { z } from 'zod'
import type { GmailAction, MessageFacts } from '../../../capabilities/index.ts'
import type {
  Call,
  Projected,
  QueryPairs,
  ReadOperation,
  UpstreamOutline,
} from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { textsOfAttachments } from '../attached-parts.ts'
import { textsOfMessage } from '../content/shown-texts.ts'
import { isRecord, parseMessage, unexpected, type GmailMessage } from '../message.ts'
import { NO_MESSAGE, toMessageFacts } from '../message-facts.ts'
import { decodeQuery, formatSchema, headerNameSchema, once, type Format } from '../parameters.ts'
import { isWholeView, projectMessage } from '../projection.ts'
import { rememberShown } from '../shown.ts'

interface Params {
  readonly id: string
  readonly format: Format
  readonly metadataHeaders: ReadonlySet<string>
}

interface Facts {
  /** its long bodies are empty */
  readonly message: GmailMessage
  readonly answer: UpstreamOutline
  readonly params: Params
}

const FULL: QueryPairs = [['format', 'full']]
const NO_HEADERS: ReadonlySet<string> = new Set()

interface ViewParams {
  readonly format?: Format | undefined
  readonly metadataHeaders?: readonly string[] | undefined
}

export const viewSchema: z.ZodType<ViewParams> = z.strictObject({
  format: once(formatSchema),
  metadataHeaders: z.array(headerNameSchema).max(100).optional(),
})

/**
 * The whole message is fetched once, whatever was asked for: the decision must not depend on what the agent chose to see.
 * Only `raw` needs a second fetch, after the decision.
 */
export const messagesGet: ReadOperation<Params, Facts> = {
  effect: 'read',
  name: 'gmail.users.messages.get',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/messages/{id}', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: readGates(),
  conceals: true,
  decode(request, ids) {
    const decoded = decodeQuery(request, viewSchema)
    if (!decoded.ok) return decoded
    const { format = 'full', metadataHeaders = [] } = decoded.params
    const wanted = new Set(metadataHeaders.map((name) => name.toLowerCase()))
    return { ok: true, params: { id: ids['id'] ?? '', format, metadataHeaders: wanted } }
  },
  toRecord: ({ id, format }) => ({ id, format }),
  async prepare(params, call) {
    const answer = await call.reader.readOutline(['messages', params.id], FULL)
    if (answer === undefined) return { ok: false, refusal: missing('not_found') }
    const message = parseMessage(answer.outline)
    if (message.id !== params.id) throw unexpected('another message was answered')
    const facts = toMessageFacts(message, call)
    const actions = readActions(facts, params.format)
    return { ok: true, prepared: { message, answer, params }, actions }
  },
  async project({ message, answer, params }, chosen, call) {
    const { format, metadataHeaders } = params
    await rememberShown(
      message.threadId,
      () => textsShown({ message, answer, params }, chosen, call),
      call,
    )
    if (format === 'raw') return projectRaw(message, call)
    const visibility = chosen === 0 ? 'full' : 'metadata'
    if (format === 'full' && visibility === 'full') return projectFull(message, answer)
    return { ok: true, body: projectMessage(message, { format, metadataHeaders }, visibility) }
  },
}

/** a raw message has its attachments in it */
async function textsShown(
  { message, answer, params: { format } }: Facts,
  chosen: number,
  call: Call,
): Promise<Iterable<string>> {
  if (chosen !== 0) return textsOfMessage(message, 'headers')
  if (format !== 'full' && format !== 'raw') return textsOfMessage(message, 'snippet')
  const whole = parseMessage(answer.whole())
  if (format === 'full') return textsOfMessage(whole, 'bodies')
  return [...textsOfMessage(whole, 'bodies'), ...(await textsOfAttachments(whole, call))]
}

/** the only view that shows bodies */
function projectFull(message: GmailMessage, { bytes, whole }: UpstreamOutline): Projected {
  if (bytes !== undefined && isWholeView(message)) return { ok: true, body: undefined, bytes }
  const view = { format: 'full', metadataHeaders: NO_HEADERS } as const
  return { ok: true, body: projectMessage(parseMessage(whole()), view, 'full') }
}

async function projectRaw(message: GmailMessage, call: Call): Promise<Projected> {
  const answer = await call.reader.read(['messages', message.id], [['format', 'raw']])
  if (answer === undefined) return { ok: false, refusal: missing('not_found') }
  const raw = isRecord(answer) && answer['id'] === message.id ? answer['raw'] : undefined
  if (typeof raw !== 'string') throw unexpected('a raw message has no raw')
  const minimal = { format: 'minimal', metadataHeaders: NO_HEADERS } as const
  return { ok: true, body: { ...projectMessage(message, minimal, 'full'), raw } }
}

/** the whole message if the token shows it, else what a token without the text shows; `raw` is the whole or nothing */
function readActions(
  message: MessageFacts,
  format: Format,
): readonly [GmailAction, ...GmailAction[]] {
  const full = { operation: 'gmail.messages.read', content: 'full', message } as const
  return format === 'raw' ? [full] : [full, { ...full, content: 'metadata' }]
}

export function readGates(): readonly [GmailAction, ...GmailAction[]] {
  return [{ operation: 'gmail.messages.read', content: 'metadata', message: NO_MESSAGE }]
}
