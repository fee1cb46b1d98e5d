import type { FrontEvent, SentMessages } from '../../adapters/ports.ts'
import type { Call, UpstreamCall } from '../../adapters/operation.ts'
import type { Refusal } from '../../adapters/refusal.ts'
import type { Snapshot } from '../../adapters/snapshot.ts'
import { createMemoryOwnItems } from './memory-ports.ts'
import { messagesSend } from '../../adapters/gmail/operations/messages-send.ts'
import type { PreparedSend } from '../../adapters/gmail/sending/prepare.ts'
import { parseCapabilities } from '../../capabilities/parse.ts'
import { permits } from '../../capabilities/permits.ts'
import type { Action } from '../../capabilities/index.ts'
import { startFakeGmail, type FakeGmail, type SentMail } from '../fakes/gmail/index.ts'

export const NOW: number = Date.UTC(2026, 10, 20, 12)

export type Outcome = { readonly sent: SentMail; readonly body: unknown } | Kept

type Kept = { readonly denied: readonly Action[] } | { readonly refused: Refusal }

interface Planned {
  readonly planned: UpstreamCall
  readonly prepared: PreparedSend
  readonly chosen: number
  readonly action: Action
}

/** what would leave, and the action that was allowed for it */
interface Draft {
  readonly message: Buffer
  readonly action: Action
}

/** one send, from the decoded request to the stand-in for Gmail, decided by the plain meaning of a grant */
export interface SendingDesk {
  readonly gmail: FakeGmail
  readonly events: readonly FrontEvent[]
  /** attachments that the grant was shown: SHA-256 to message ids */
  readonly served: Map<string, readonly string[]>
  readonly sentMessages: SentMessages
  /** answers that Gmail gives in place of its own, by path */
  readonly instead: Map<string, unknown>
  grant(...entries: readonly object[]): void
  send(message: string | Buffer, threadId?: string): Promise<Outcome>
  /** the same without the last step: what would be posted */
  draft(message: Buffer, threadId?: string): Promise<Draft | Kept>
  request(request: Partial<Snapshot>, dialect: 'json' | 'upload'): Promise<Outcome>
  close(): Promise<void>
}

export async function openSendingDesk(
  seed: (mailbox: FakeGmail['mailbox']) => void,
): Promise<SendingDesk> {
  const gmail = await startFakeGmail({ seed, now: () => NOW })
  let capabilities = parseCapabilities([{ type: 'gmail', actions: ['messages.reply'] }])
  const events: FrontEvent[] = []
  const served = new Map<string, readonly string[]>()
  const sentMessages = createSentMessages()
  const instead = new Map<string, unknown>()
  const call: Call = {
    decisionId: 'd_1',
    recordFactsNeeded: () => ({ properties: [], lists: false }),
    readFilters: () => undefined,
    names: new Map(),
    remember: async (_what, _milliseconds, read) => read(),
    grantId: 'g_1',
    connectedAccount: undefined,
    account: gmail.account,
    now: NOW / 1000,
    reader: {
      read: async (path, query = []) =>
        instead.get(path.join('/')) ?? readUpstream(gmail, path, query),
      ask: () => Promise.reject(new Error('nothing is asked here')),
      readOutline: () => Promise.reject(new Error('sending reads no outline')),
    },
    servedAttachments: {
      remember: () => Promise.resolve(),
      messagesWith: (_grantId, sha256) => Promise.resolve(served.get(sha256) ?? []),
    },
    sentMessages,
    shownPassages: undefined,
    ownItems: createMemoryOwnItems(),
    filterLabels: [],
    currencies: [],
    judge: (action) =>
      capabilities.some((capability) => permits(capability, action, NOW / 1000))
        ? { allowed: true }
        : { allowed: false, denial: { reason: 'no_right', operation: action.operation } },
    couldAllow: (action) =>
      capabilities.some((capability) => permits(capability, action, NOW / 1000, 'assumed', true)),
    isCounted: () => false,
    deriveIdempotencyKey: (key) => key,
    wrapPageToken: (token) => token,
    unwrapPageToken: (token) => token,
    log: (event) => events.push(event),
  }
  const plan = async (partial: Partial<Snapshot>, dialect: string): Promise<Planned | Kept> => {
    const decoded = messagesSend.decode({ ...EMPTY_REQUEST, ...partial }, {}, dialect)
    if (!decoded.ok) return { refused: decoded.refusal }
    const prepared = await messagesSend.prepare(decoded.params, call)
    if (!prepared.ok) return { refused: prepared.refusal }
    const chosen = prepared.actions.findIndex((action) => call.judge(action).allowed)
    const action = prepared.actions[chosen]
    if (action === undefined) return { denied: prepared.actions }
    const planned = await messagesSend.plan(prepared.prepared, chosen, call)
    return { planned, prepared: prepared.prepared, chosen, action }
  }
  const request: SendingDesk['request'] = async (partial, dialect) => {
    const made = await plan(partial, dialect)
    if (!('planned' in made)) return made
    const { planned, prepared, chosen } = made
    const answer = await postUpstream(gmail, planned.path, String(planned.body))
    const projected = await messagesSend.project(answer, prepared, chosen, call)
    const sent = gmail.sent.at(-1)
    if (!projected.ok) return { refused: projected.refusal }
    if (sent === undefined) throw new Error('nothing arrived upstream')
    return { sent, body: projected.body }
  }
  return {
    gmail,
    events,
    served,
    sentMessages,
    instead,
    grant: (...entries) => {
      capabilities = parseCapabilities(entries.map((entry) => ({ type: 'gmail', ...entry })))
    },
    send: async (message, threadId) =>
      request(jsonRequest({ raw: encodeRaw(message), threadId }), 'json'),
    draft: async (message, threadId) => {
      const made = await plan(jsonRequest({ raw: encodeRaw(message), threadId }), 'json')
      if (!('planned' in made)) return made
      const { raw } = JSON.parse(String(made.planned.body)) as { raw: string }
      return { message: Buffer.from(raw, 'base64url'), action: made.action }
    },
    request,
    close: async () => gmail.close(),
  }
}

const EMPTY_REQUEST: Snapshot = {
  method: 'POST',
  path: '',
  query: [],
  headers: { authorization: [], dpop: [], contentType: [], hasBody: true },
  body: Buffer.alloc(0),
}

export function jsonRequest(json: object | string): Partial<Snapshot> {
  const body = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
  return {
    body,
    headers: { authorization: [], dpop: [], contentType: ['application/json'], hasBody: true },
  }
}

export function encodeRaw(message: string | Buffer): string {
  return Buffer.from(message).toString('base64url')
}

/** what a database would keep of this mailbox, for the length of a test */
function createSentMessages(): SentMessages {
  const ids = new Set<string>()
  return {
    remember: (_grantId, id) => {
      ids.add(id)
      return Promise.resolve()
    },
    among: (_grantId, asked) => Promise.resolve(new Set(asked.filter((id) => ids.has(id)))),
  }
}

type Pairs = readonly (readonly [string, string])[]

async function readUpstream(
  gmail: FakeGmail,
  path: readonly string[],
  query: Pairs,
): Promise<unknown> {
  const url = new URL(`${gmail.url}/gmail/v1/users/me/${path.map(encodeURIComponent).join('/')}`)
  for (const [name, value] of query) url.searchParams.append(name, value)
  const response = await fetch(url, { headers: { authorization: `Bearer ${gmail.accessToken}` } })
  return response.status === 404 || response.status === 400 ? undefined : response.json()
}

async function postUpstream(
  gmail: FakeGmail,
  path: readonly string[],
  body: string,
): Promise<unknown> {
  const response = await fetch(`${gmail.url}/gmail/v1/users/me/${path.join('/')}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gmail.accessToken}`, 'content-type': 'application/json' },
    body,
  })
  return response.json()
}
