import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerAgain } from './again.ts'
import { approvalIdIn, readStatus } from './approving.ts'
import { clientClosed, refuse, toRefusal, type Answer } from './answer.ts'
import { runInOrder, type BatchFormat } from './batch.ts'
import { connect, createCall } from './call.ts'
import { perform, show } from './carry-out.ts'
import { checkGates, checkSomeGate, crossCheck, decide } from './decide.ts'
import { permit } from './permit.ts'
import type { Match, Matcher } from './matcher.ts'
import type { Decoded, Operation } from './operation.ts'
import { provePossession } from './possession.ts'
import { readPresentedToken } from './presented-token.ts'
import {
  acceptedToken,
  beginInner,
  beginProgress,
  type Pipeline,
  type Progress,
} from './progress.ts'
import type { ReadHeaders } from './provider.ts'
import { toEntry } from './recording.ts'
import { badRequest, type Refusal } from './refusal.ts'
import {
  bodyTooLarge,
  readBody,
  takeSnapshot,
  type Snapshot,
  type SnapshotResult,
} from './snapshot.ts'
import { checkStanding } from './standing.ts'
import type { Acceptance } from './verified-tokens.ts'

/** The steps in their order. Each ends the request with a refusal or hands on; the permitting answer is the last line. */
export async function runPipeline(
  pipeline: Pipeline,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer> {
  const progress = beginProgress(pipeline, request, response)
  try {
    const taken = takeSnapshot(request)
    if (!taken.ok) return await refuse(progress, taken.refusal)

    const acceptance = acceptToken(progress, taken.snapshot)
    const token = acceptance instanceof Promise ? await acceptance : acceptance
    if (!token.ok) return await refuse(progress, token.refusal)
    progress.accepted = token.accepted

    const fallen = checkStanding(progress)
    if (fallen) return await refuse(progress, fallen)

    const possession = provePossession(progress, taken.snapshot)
    const unproven = possession instanceof Promise ? await possession : possession
    if (unproven) return await refuse(progress, unproven)

    const { snapshot } = taken
    const { batch } = pipeline.provider
    if (batch?.isBatch(snapshot) === true) {
      return await runBatch(progress, batch, snapshot, request)
    }
    return await runRequest(progress, snapshot, (maxBytes) => takeBody(request, snapshot, maxBytes))
  } catch (error) {
    return refuse(progress, toRefusal(progress, error))
  }
}

/**
 * Many requests in one. Who calls was asked above, once: a proof of possession is for the request that came. From there on each
 * goes its own way, from its standing to its record, and the answer of one says nothing about another.
 */
async function runBatch(
  progress: Progress,
  format: BatchFormat,
  snapshot: Snapshot,
  request: IncomingMessage,
): Promise<Answer> {
  const { provider, matcher, audience } = progress.pipeline
  const closed = checkSomeGate(progress, provider.operations)
  if (closed) return refuse(progress, closed)
  const body = await takeBody(request, snapshot, format.maxBodyBytes)
  if (!body.ok) return refuse(progress, body.refusal)
  const fallen = checkStanding(progress)
  if (fallen) return refuse(progress, fallen)
  const batch = format.read(body.snapshot, audience)
  if (!batch.ok) return refuse(progress, batch.refusal)

  let room = MAX_BATCH_ANSWER_BYTES
  const steps = batch.requests.map((inner, index) => ({
    alone: hasEffect(matcher, inner.asked),
    run: async () => {
      const answer = await runInner(beginInner(progress, index + 1, inner), inner.asked, room)
      if (answer.ok) room -= Buffer.byteLength(answer.body)
      return answer
    },
  }))
  const answers = await runInOrder(steps)
  const parts = answers.map((answer, index) => {
    const { decisionId } = answer
    const { status, body } = answer.ok
      ? { status: answer.status ?? (answer.body.length === 0 ? 204 : 200), body: answer.body }
      : provider.toError(answer.refusal, decisionId)
    return { contentId: batch.requests[index]?.contentId, decisionId, status, body }
  })
  return { ok: true, decisionId: progress.id, ...format.write(parts) }
}

/** what is not begun when it is reached waits for another batch: an answer is held whole until it is sent */
const MAX_BATCH_ANSWER_BYTES = 32 * 1024 * 1024

async function runInner(progress: Progress, asked: SnapshotResult, room: number): Promise<Answer> {
  try {
    if (progress.lifetime.ended) return await refuse(progress, clientClosed)
    const fallen = checkStanding(progress)
    if (fallen) return await refuse(progress, fallen)
    if (!asked.ok) return await refuse(progress, asked.refusal)
    if (room <= 0) return await refuse(progress, batchAnswerFull)
    const { snapshot } = asked
    return await runRequest(progress, snapshot, (maxBytes) =>
      Promise.resolve(boundBody(snapshot, maxBytes)),
    )
  } catch (error) {
    return refuse(progress, toRefusal(progress, error))
  }
}

function hasEffect(matcher: Matcher, asked: SnapshotResult): boolean {
  if (!asked.ok) return false
  const { method, path } = asked.snapshot
  return matcher.match(method, path)?.operation.effect === 'effect'
}

const batchAnswerFull: Refusal = {
  code: 'too_many_requests',
  message: 'the answers of this batch are too large together: ask for this one in another batch',
  reason: 'batch_answer_full',
}

/** what is asked, by whoever was let in above; `bodyWithin` gives the body once it is known how much of one is wanted */
async function runRequest(
  progress: Progress,
  snapshot: Snapshot,
  bodyWithin: (maxBytes: number) => Promise<SnapshotResult>,
): Promise<Answer> {
  const { pipeline } = progress
  try {
    const approvalId = approvalIdIn(snapshot.method, snapshot.path)
    if (approvalId !== undefined) return await tellStatus(progress, approvalId)

    const match = pipeline.matcher.match(snapshot.method, snapshot.path)
    if (!match) return await refuse(progress, unknownOperation(snapshot))
    progress.match = match
    const { operation } = match

    const closed = checkGates(progress, operation)
    if (closed) return await refuse(progress, closed)

    const body = await bodyWithin(operation.maxBodyBytes)
    if (!body.ok) return await refuse(progress, body.refusal)
    const fallenMeanwhile = checkStanding(progress)
    if (fallenMeanwhile) return await refuse(progress, fallenMeanwhile)

    const decoded = decode(match, body.snapshot)
    if (!decoded.ok) return await refuse(progress, decoded.refusal)
    progress.request = { ...progress.request, ...operation.toRecord(decoded.params) }

    if (operation.effect === 'read') {
      progress.intent = pipeline.ports.record.begin(toEntry(progress, 'undecided'))
    }
    const headers = readHeaders(progress, snapshot)
    if (!headers.ok) return await refuse(progress, headers.refusal)
    const { upstream, connectedAccount } = headers.params
    if (connectedAccount !== undefined) progress.request = { ...progress.request, connectedAccount }
    progress.client = await connect(progress, upstream)
    const call = await createCall(progress, progress.client, connectedAccount)
    if (operation.effect === 'effect') {
      const again = await answerAgain(progress, operation, decoded.params, call)
      if (again !== undefined) return again
    }
    const prepared = await operation.prepare(decoded.params, call)
    if (!prepared.ok) return await refuse(progress, prepared.refusal)
    const fallenSince = checkStanding(progress)
    if (fallenSince) return await refuse(progress, fallenSince)

    for (;;) {
      if (operation.effect === 'effect') {
        const permitted = await permit(progress, operation, prepared, call)
        if (!permitted.ok) return await refuse(progress, permitted.refusal)
        progress.action = permitted.chosen.action
        const done = await perform(progress, operation, prepared.prepared, permitted, call)
        // its budget had no room after all, or its approval was used meanwhile: what is left may still be allowed
        if (done === 'no_room') continue
        return done
      }
      const decided = await decide(progress, operation, prepared, operation.assumesApproval)
      if (!decided.ok) return await refuse(progress, decided.refusal)
      const { chosen } = decided
      progress.action = chosen.action
      const shown = await show(progress, progress.intent, () =>
        operation.project(prepared.prepared, chosen.index, call),
      )
      if (shown === 'no_room') continue
      if (shown.ok) crossCheck(progress, chosen)
      return shown
    }
  } catch (error) {
    return refuse(progress, toRefusal(progress, error))
  }
}

/** nothing of the provider is asked or shown, so nothing is recorded but what is refused */
async function tellStatus(progress: Progress, approvalId: string): Promise<Answer> {
  const status = await readStatus(progress, approvalId)
  if (!status.ok) return refuse(progress, status.refusal)
  return { ok: true, decisionId: progress.id, body: status.body }
}

const NO_HEADERS: Decoded<ReadHeaders> = { ok: true, params: { upstream: [] } }

function readHeaders(progress: Progress, snapshot: Snapshot): Decoded<ReadHeaders> {
  const { provider } = progress.pipeline
  return provider.readHeaders?.(snapshot, acceptedToken(progress).token) ?? NO_HEADERS
}

/** no wait for a token seen before */
function acceptToken(progress: Progress, snapshot: Snapshot): Acceptance | Promise<Acceptance> {
  const { tokenPrefix } = progress.pipeline.provider
  const presented = readPresentedToken(snapshot, tokenPrefix)
  return presented.ok ? progress.pipeline.tokens.accept(presented.text) : presented
}

function unknownOperation({ path }: Snapshot): Refusal {
  const isOther = /\/users\/(?!me(?:\/|$))/.test(path)
  return {
    code: 'unknown_operation',
    message: isOther ? 'only the user id `me` is accepted' : 'this method is not available here',
    reason: isOther ? 'other_user' : 'unknown_operation',
  }
}

async function takeBody(
  request: IncomingMessage,
  snapshot: Snapshot,
  maxBytes: number,
): Promise<SnapshotResult> {
  if (maxBytes === 0) {
    if (!snapshot.headers.hasBody) return { ok: true, snapshot }
    return { ok: false, refusal: unexpectedBody }
  }
  const read = await readBody(request, maxBytes)
  return read.ok ? { ok: true, snapshot: { ...snapshot, body: read.body } } : read
}

/** the same for a request whose body came with the batch that it stands in */
function boundBody(snapshot: Snapshot, maxBytes: number): SnapshotResult {
  if (maxBytes === 0 && snapshot.headers.hasBody) return { ok: false, refusal: unexpectedBody }
  if (snapshot.body.length > maxBytes) return bodyTooLarge(maxBytes)
  return { ok: true, snapshot }
}

const unexpectedBody = badRequest('unexpected_body', 'this method takes no body')

const ID = /^[A-Za-z0-9_-]{1,128}$/
/** those of attachments are long */
const ATTACHMENT_ID = /^[A-Za-z0-9_-]{1,2048}$/
/** the value of a property that tells one record from all others, as it stands in the path: an e-mail address, most often */
const RECORD_KEY = /^(?:[A-Za-z0-9_.~@+-]|%[0-9A-Fa-f]{2}){1,768}$/

function decode(
  { operation, route, ids }: Match,
  snapshot: Snapshot,
): ReturnType<Operation['decode']> {
  for (const [name, id] of Object.entries(ids)) {
    if (!grammarOf(name).test(id)) {
      return { ok: false, refusal: badRequest('invalid_id', `invalid ${name} value`) }
    }
  }
  return operation.decode(snapshot, ids, route.dialect)
}

function grammarOf(name: string): RegExp {
  if (name === 'recordKey') return RECORD_KEY
  return name === 'attachmentId' ? ATTACHMENT_ID : ID
}
