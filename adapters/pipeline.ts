import type { IncomingMessage, ServerResponse } from 'node:http'
import { asksForEchoes, labelsNamedIn } from '../capabilities/index.ts'
import { runInOrder, type BatchFormat } from './batch.ts'
import {
  checkGates,
  checkSomeGate,
  crossCheck,
  decide,
  evaluateAction,
  type Chosen,
} from './decide.ts'
import { UNTIL_DONE } from './lifetime.ts'
import type { Match, Matcher } from './matcher.ts'
import type { Call, EffectOperation, Operation, Projected } from './operation.ts'
import { ConnectionError, type Charge, type RecordOutcome } from './ports.ts'
import { provePossession } from './possession.ts'
import { readPresentedToken } from './presented-token.ts'
import {
  acceptedToken,
  beginInner,
  beginProgress,
  operationName,
  providerClient,
  secondOf,
  type Pipeline,
  type Progress,
} from './progress.ts'
import { ProviderClient, toConnectionRefusal } from './provider-client.ts'
import {
  assertRecorded,
  effectNotRecorded,
  RecordFailure,
  recordFailed,
  recordRefusal,
  reportInternal,
  toEntry,
} from './recording.ts'
import { AdapterError, badRequest, type Refusal } from './refusal.ts'
import {
  bodyTooLarge,
  readBody,
  takeSnapshot,
  type Snapshot,
  type SnapshotResult,
} from './snapshot.ts'
import { isCounted, pay, reserve, toCharges, type Reservation } from './spending.ts'
import { checkStanding } from './standing.ts'
import type { Acceptance } from './verified-tokens.ts'

export type Answer =
  | {
      readonly ok: true
      readonly decisionId: string
      readonly body: string | Buffer
      /** JSON, if not said */
      readonly contentType?: string
    }
  | { readonly ok: false; readonly decisionId: string; readonly refusal: Refusal }

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
      ? { status: answer.body.length === 0 ? 204 : 200, body: answer.body }
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
    progress.client = await connect(progress)
    const call = await createCall(progress, progress.client)
    const prepared = await operation.prepare(decoded.params, call)
    if (!prepared.ok) return await refuse(progress, prepared.refusal)
    const fallenSince = checkStanding(progress)
    if (fallenSince) return await refuse(progress, fallenSince)

    for (;;) {
      const decided = await decide(progress, operation, prepared.actions, prepared.also)
      if (!decided.ok) return await refuse(progress, decided.refusal)
      const { chosen } = decided
      progress.action = chosen.action

      if (operation.effect === 'effect') {
        const done = await perform(progress, operation, prepared.prepared, chosen, call)
        // its budget had no room after all: what is left may still be allowed
        if (done === 'no_room') continue
        return done
      }
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

async function refuse(progress: Progress, refusal: Refusal): Promise<Answer> {
  return { ok: false, decisionId: progress.id, refusal: await recordRefusal(progress, refusal) }
}

/** no wait for a token seen before */
function acceptToken(progress: Progress, snapshot: Snapshot): Acceptance | Promise<Acceptance> {
  const presented = readPresentedToken(snapshot)
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

const NO_NAMES: Call['names'] = new Map()

const ID = /^[A-Za-z0-9_-]{1,128}$/
/** those of attachments are long */
const ATTACHMENT_ID = /^[A-Za-z0-9_-]{1,2048}$/

function decode(
  { operation, route, ids }: Match,
  snapshot: Snapshot,
): ReturnType<Operation['decode']> {
  for (const [name, id] of Object.entries(ids)) {
    const grammar = name === 'attachmentId' ? ATTACHMENT_ID : ID
    if (!grammar.test(id)) {
      return { ok: false, refusal: badRequest('invalid_id', `invalid ${name} value`) }
    }
  }
  return operation.decode(snapshot, ids, route.dialect)
}

async function connect(progress: Progress): Promise<ProviderClient> {
  const { ports, upstream, provider } = progress.pipeline
  const { grantId } = acceptedToken(progress).token
  const connection = await ports.connections.forGrant(grantId, provider.name)
  return new ProviderClient({
    upstream,
    connection,
    lifetime: progress.lifetime,
    onLeak: () => {
      const operation = operationName(progress)
      ports.log({ event: 'credential_in_answer', decisionId: progress.id, operation })
    },
  })
}

async function createCall(progress: Progress, client: ProviderClient): Promise<Call> {
  const { ports, pageTokens, provider, remembered } = progress.pipeline
  const { token } = acceptedToken(progress)
  const { grantId } = token
  const bindingOf = (query: string): string =>
    JSON.stringify([grantId, operationName(progress), query])
  const remember: Call['remember'] = async (what, milliseconds, read) =>
    remembered.get(`${client.connectionId} ${what}`, milliseconds, read)
  const names = await (provider.readNames(token, { reader: client, remember }) ?? NO_NAMES)
  return {
    decisionId: progress.id,
    names,
    remember,
    grantId,
    account: client.account,
    now: secondOf(progress),
    reader: client,
    servedAttachments: ports.servedAttachments,
    sentMessages: ports.sentMessages,
    shownPassages: client.remembersShown || asksForEchoes(token) ? ports.shownPassages : undefined,
    ownItems: ports.ownItems,
    filterLabels: labelsNamedIn(token.blocks),
    judge: (action) => evaluateAction(progress, action).decision,
    isCounted: (action) => isCounted(progress, action),
    wrapPageToken: (upstreamToken, query) => pageTokens.wrap(upstreamToken, bindingOf(query)),
    unwrapPageToken: (pageToken, query) => pageTokens.unwrap(pageToken, bindingOf(query)),
    log: (event) => ports.log(event),
  }
}

/** a read: its record is finished before anything of it is shown */
async function show(
  progress: Progress,
  intent: Progress['intent'],
  project: () => Promise<Projected> | Projected,
): Promise<Answer | 'no_room'> {
  if (intent === undefined) throw new TypeError('a read has no intent')
  const settled = await settle(progress, project)
  const unpaid = settled.ok ? await payFor(progress, settled) : undefined
  if (unpaid !== undefined) return unpaid
  const decided = toEntry(progress, 'allow')
  await assertRecorded(progress, intent.finish(outcomeOf(progress, settled), decided))
  return toAnswer(progress, settled)
}

/** all of it is taken before any of it is shown. What else the token allows instead of it is tried only when it is one thing */
async function payFor(
  progress: Progress,
  { body, shows }: Extract<Settled, { ok: true }>,
): Promise<Answer | 'no_room' | undefined> {
  const { action } = progress
  const shown = shows ?? (action === undefined ? [] : [action])
  const refusal = await pay(progress, shown, Buffer.byteLength(body))
  if (refusal === undefined) return undefined
  return shows === undefined ? 'no_room' : refuse(progress, refusal)
}

/** an effect: its intent is on record before it is forwarded, and what it takes from its budgets with it */
async function perform(
  progress: Progress,
  operation: EffectOperation<unknown, unknown>,
  prepared: unknown,
  { index: chosen, ...affordable }: Chosen,
  call: Call,
): Promise<Answer | 'no_room'> {
  const charges = toCharges(progress, [affordable], 0)
  if (progress.lifetime.ended) return refuse(progress, clientClosed)
  const reservation = await openRecord(progress, charges)
  if (!reservation.ok) return 'no_room'
  const { recording } = reservation
  await assertRecorded(progress, recording.committed)
  const settled = await settle(progress, async () => {
    const planned = await operation.plan(prepared, chosen, call)
    if (progress.lifetime.ended) throw new AdapterError(clientClosed)
    const fallen = checkStanding(progress)
    if (fallen) throw new AdapterError(fallen)
    const response = await providerClient(progress).perform(planned, UNTIL_DONE)
    return operation.project(response, prepared, chosen, call)
  })
  const outcome = outcomeOf(progress, settled)
  await assertRecorded(progress, recording.finish(outcome))
  await tidyUp(progress, () =>
    operation.afterwards?.(outcome.outcome, prepared, call, (tidy) =>
      providerClient(progress).tidy(tidy, UNTIL_DONE),
    ),
  )
  return toAnswer(progress, settled)
}

/** what was asked for is done or not, and on record: what is left over is the operator's matter */
async function tidyUp(
  progress: Progress,
  afterwards: () => Promise<void> | undefined,
): Promise<void> {
  try {
    await afterwards()
  } catch (error) {
    const text = error instanceof Error ? error.message : 'unknown'
    progress.pipeline.ports.log({ event: 'not_tidied', decisionId: progress.id, error: text })
  }
}

async function openRecord(progress: Progress, charges: readonly Charge[]): Promise<Reservation> {
  const entry = toEntry(progress, 'allow')
  if (charges.length > 0) return reserve(progress, entry, charges)
  return { ok: true, recording: progress.pipeline.ports.record.begin(entry) }
}

type Settled =
  | {
      readonly ok: true
      readonly body: string | Buffer
      readonly shows: Extract<Projected, { ok: true }>['shows']
    }
  | { readonly ok: false; readonly refusal: Refusal; readonly mayHaveExecuted: boolean }

/** whatever happens between intent and outcome becomes an outcome */
async function settle(
  progress: Progress,
  work: () => Promise<Projected> | Projected,
): Promise<Settled> {
  try {
    const projected = await work()
    if (!projected.ok) return { ...projected, mayHaveExecuted: true }
    const body = projected.bytes ?? toText(projected.body)
    providerClient(progress).assertClean(body)
    return { ok: true, body, shows: projected.shows }
  } catch (error) {
    const mayHaveExecuted = error instanceof AdapterError ? error.mayHaveExecuted : true
    return { ok: false, refusal: toRefusal(progress, error), mayHaveExecuted }
  }
}

/** empty: an answer without content */
function toText(body: unknown): string {
  return body === undefined ? '' : JSON.stringify(body)
}

function outcomeOf(progress: Progress, settled: Settled): RecordOutcome {
  const client = providerClient(progress)
  const upstreamStatus = client.lastStatus
  if (settled.ok) return { outcome: 'done', upstreamStatus }
  const isUnknown = client.isEffectDone || (client.isEffectSent && settled.mayHaveExecuted)
  return { outcome: isUnknown ? 'unknown' : 'failed', upstreamStatus }
}

function toAnswer(progress: Progress, settled: Settled): Answer {
  const { id: decisionId } = progress
  if (settled.ok) return { ok: true, decisionId, body: settled.body }
  const { refusal } = settled
  if (outcomeOf(progress, settled).outcome !== 'unknown') return { ok: false, decisionId, refusal }
  // whoever tries again without looking does it twice
  const message = `${refusal.message}: it may have been carried out, look before trying again`
  return { ok: false, decisionId, refusal: { ...refusal, message } }
}

const clientClosed: Refusal = {
  code: 'upstream_failed',
  message: 'the client left before the answer was there',
  reason: 'client_closed',
}

function toRefusal(progress: Progress, error: unknown): Refusal {
  if (error instanceof RecordFailure) {
    return progress.client?.isEffectSent === true ? effectNotRecorded : recordFailed
  }
  if (error instanceof AdapterError) return error.refusal
  if (error instanceof ConnectionError) return toConnectionRefusal(error)
  reportInternal(progress, error)
  return {
    code: 'internal',
    message: 'something went wrong in this front',
    reason: 'internal_error',
  }
}
