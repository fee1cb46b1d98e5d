import type { GmailAction } from '../../../capabilities/index.ts'
import type { Call, ReadOperation } from '../../operation.ts'
import { badRequest, missing } from '../../refusal.ts'
import { parseThread, unexpected, type GmailMessage, type GmailThread } from '../message.ts'
import { toMessageFacts } from '../message-facts.ts'
import { decodeQuery } from '../parameters.ts'
import { latestHistoryId, projectMessage, type View } from '../projection.ts'
import { textsOfMessage, type Shown } from '../content/shown-texts.ts'
import { visibilityOf, type Visibility } from '../readable.ts'
import { rememberShown } from '../shown.ts'
import { readGates, viewSchema } from './messages-get.ts'

interface Params {
  readonly id: string
  readonly view: View
}

interface Facts {
  readonly thread: GmailThread
  readonly view: View
}

/** the messages of a thread that may be seen, as if there were no others */
export const threadsGet: ReadOperation<Params, Facts> = {
  effect: 'read',
  name: 'gmail.users.threads.get',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/threads/{id}', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: readGates(),
  conceals: true,
  decode(request, ids) {
    const decoded = decodeQuery(request, viewSchema)
    if (!decoded.ok) return decoded
    const { format = 'full', metadataHeaders = [] } = decoded.params
    if (format === 'raw') {
      return { ok: false, refusal: badRequest('invalid_parameter', 'invalid value of `format`') }
    }
    const wanted = new Set(metadataHeaders.map((name) => name.toLowerCase()))
    const view = { format, metadataHeaders: wanted }
    return { ok: true, params: { id: ids['id'] ?? '', view } }
  },
  toRecord: ({ id, view }) => ({ id, format: view.format }),
  async prepare({ id, view }, call) {
    const answer = await call.reader.read(['threads', id], [['format', 'full']])
    if (answer === undefined) return { ok: false, refusal: missing('not_found') }
    const thread = parseThread(answer)
    if (thread.id !== id) throw unexpected('another thread was answered')
    const [first, ...others] = thread.messages.flatMap((message) => readActions(message, call))
    if (first === undefined) return { ok: false, refusal: missing('empty_thread') }
    return { ok: true, prepared: { thread, view }, actions: [first, ...others] }
  },
  async project({ thread, view }, _chosen, call) {
    const visible = thread.messages.flatMap((message) => {
      const visibility = visibilityOf(message, call)
      return visibility === 'none' ? [] : [{ message, visibility } as const]
    })
    await rememberShown(thread.id, () => textsShown(visible, view), call)
    const shows = visible.map(({ message, visibility: content }) => ({
      operation: 'gmail.messages.read' as const,
      content,
      message: toMessageFacts(message, call),
    }))
    const historyId = latestHistoryId(visible.map(({ message }) => message))
    return {
      ok: true,
      shows,
      body: {
        id: thread.id,
        ...(historyId !== undefined && { historyId }),
        messages: visible.map(({ message, visibility }) =>
          projectMessage(message, view, visibility),
        ),
      },
    }
  },
}

interface Visible {
  readonly message: GmailMessage
  readonly visibility: Visibility
}

function* textsShown(visible: readonly Visible[], { format }: View): Generator<string> {
  const most: Shown = format === 'full' ? 'bodies' : 'snippet'
  for (const { message, visibility } of visible) {
    yield* textsOfMessage(message, visibility === 'full' ? most : 'headers')
  }
}

/** one message that may be seen is enough to answer; each is judged again when it is shown */
function readActions(message: GmailThread['messages'][number], call: Call): GmailAction[] {
  const action = {
    operation: 'gmail.messages.read',
    content: 'full',
    message: toMessageFacts(message, call),
  } as const
  return [action, { ...action, content: 'metadata' }]
}
