import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  authorize,
  explainDenial,
  type Decision,
  type Fact,
  type GmailAction,
} from '../capabilities/index.ts'
import { readBearer } from './bearer.ts'
import { ClientLifetime, UNTIL_DONE } from './lifetime.ts'
import type { Match, Matcher } from './matcher.ts'
import type { Call, EffectOperation, Operation, Projected } from './operation.ts'
import type { PageTokens } from './page-token.ts'
import { ConnectionError, type FrontPorts, type RecordEntry, type RecordOutcome } from './ports.ts'
import type { Provider } from './provider.ts'
import { ProviderClient, toConnectionRefusal } from './provider-client.ts'
import { caveatOf, toRecordedFacts } from './record-entry.ts'
import { AdapterError, badRequest, missing, type Refusal } from './refusal.ts'
import { readBody, takeSnapshot, type Snapshot } from './snapshot.ts'
import type { Upstream } from './upstream.ts'
import {
  invalidToken,
  secondReaderUnavailable,
  type AcceptedToken,
  type VerifiedTokens,
} from './verified-tokens.ts'

export interface Pipeline {
  readonly ports: FrontPorts
  readonly provider: Provider
  readonly matcher: Matcher
  readonly upstream: Upstream
  readonly tokens: VerifiedTokens
  readonly pageTokens: PageTokens
  /** the front's own public origin */
  readonly audience: string
  /** share of reads that the second reader checks after they were answered */
  readonly crossCheckShare: number
}

export type Answer =
  | { readonly ok: true; readonly decisionId: string; readonly body: string }
  | { readonly ok: false; readonly decisionId: string; readonly refusal: Refusal }

/** what is known of one request so far: what the record says when it ends here */
interface Progress {
  readonly id: string
  /** milliseconds */
  readonly at: number
  readonly pipeline: Pipeline
  readonly lifetime: ClientLifetime
  snapshot?: Snapshot
  accepted?: AcceptedToken
  match?: Match
  request: Readonly<Record<string, unknown>>
  action?: GmailAction
  client?: ProviderClient
}

interface Chosen {
  readonly index: number
  readonly action: GmailAction
  readonly facts: readonly Fact[]
}

type Step<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

/** The steps in their order. Each ends the request with a refusal or hands on; the permitting answer is the last line. */
export async function runPipeline(
  pipeline: Pipeline,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer> {
  const progress = begin(pipeline, request, response)
  try {
    const taken = takeSnapshot(request)
    if (!taken.ok) return await refuse(progress, taken.refusal)
    progress.snapshot = taken.snapshot

    const token = await acceptToken(progress, taken.snapshot)
    if (!token.ok) return await refuse(progress, token.refusal)
    progress.accepted = token.value

    const revoked = checkRevocation(progress, token.value)
    if (revoked) return await refuse(progress, revoked)

    const match = pipeline.matcher.match(taken.snapshot.method, taken.snapshot.path)
    if (!match) return await refuse(progress, unknownOperation(taken.snapshot))
    progress.match = match
    const { operation } = match

    const closed = checkGates(progress, operation)
    if (closed) return await refuse(progress, closed)

    const body = await takeBody(request, taken.snapshot, operation.maxBodyBytes)
    if (!body.ok) return await refuse(progress, body.refusal)

    const decoded = decode(match, body.value)
    if (!decoded.ok) return await refuse(progress, decoded.refusal)
    progress.request = { ...progress.request, ...operation.toRecord(decoded.params) }

    const client = await connect(progress)
    progress.client = client
    const call = createCall(progress, client)

    const prepared = await operation.prepare(decoded.params, call)
    if (!prepared.ok) return await refuse(progress, prepared.refusal)

    const decided = await decide(progress, operation, prepared.actions)
    if (!decided.ok) return await refuse(progress, decided.refusal)
    const chosen = decided.value
    progress.action = chosen.action

    const answer =
      operation.effect === 'effect'
        ? await perform(progress, operation, prepared.prepared, chosen, call)
        : await show(progress, () => operation.project(prepared.prepared, chosen.index, call))
    if (answer.ok && operation.effect === 'read') crossCheck(progress, chosen)
    return answer
  } catch (error) {
    return refuse(progress, toRefusal(progress, error))
  }
}

function begin(pipeline: Pipeline, request: IncomingMessage, response: ServerResponse): Progress {
  return {
    id: `d_${randomUUID()}`,
    at: pipeline.ports.now(),
    pipeline,
    lifetime: new ClientLifetime(response),
    request: { method: request.method, path: (request.url ?? '').split('?', 1)[0]?.slice(0, 200) },
  }
}

// --- token

async function acceptToken(progress: Progress, snapshot: Snapshot): Promise<Step<AcceptedToken>> {
  const bearer = readBearer(snapshot)
  if (!bearer.ok) return bearer
  const acceptance = progress.pipeline.tokens.accept(bearer.text)
  const accepted = acceptance instanceof Promise ? await acceptance : acceptance
  if (!accepted.ok) return accepted
  const { expiresAt } = accepted.accepted.token
  if (expiresAt !== undefined && progress.at / 1000 >= expiresAt) {
    return invalidToken('expired', 'the token has expired')
  }
  return { ok: true, value: accepted.accepted }
}

/** fail closed: a feed that has not been confirmed lately may have missed a revocation */
function checkRevocation(progress: Progress, { token }: AcceptedToken): Refusal | undefined {
  const { revocations } = progress.pipeline.ports
  if (!revocations.isFresh()) {
    return {
      code: 'unavailable',
      message: 'revocations can not be checked just now: try again',
      reason: 'revocations_stale',
    }
  }
  if (!revocations.isRevoked(token.revocationIds, token.grantId)) return undefined
  return invalidToken('revoked', 'the token was revoked').refusal
}

// --- match and decode

function unknownOperation({ path }: Snapshot): Refusal {
  const other = /\/users\/(?!me(?:\/|$))/.test(path)
  const message = other ? 'only the user id `me` is accepted' : 'this method is not available here'
  return { code: 'unknown_operation', message, reason: other ? 'other_user' : 'unknown_operation' }
}

async function takeBody(
  request: IncomingMessage,
  snapshot: Snapshot,
  maxBytes: number,
): Promise<Step<Snapshot>> {
  if (maxBytes === 0) {
    if (!snapshot.headers.hasBody) return { ok: true, value: snapshot }
    return { ok: false, refusal: badRequest('unexpected_body', 'this method takes no body') }
  }
  const read = await readBody(request, maxBytes)
  return read.ok ? { ok: true, value: { ...snapshot, body: read.body } } : read
}

const ID = /^[A-Za-z0-9_-]{1,128}$/
/** Gmail's attachment ids are long */
const LONG_ID = /^[A-Za-z0-9_-]{1,2048}$/

function decode(
  { operation, route, ids }: Match,
  snapshot: Snapshot,
): ReturnType<Operation['decode']> {
  for (const [name, id] of Object.entries(ids)) {
    const grammar = name === 'attachmentId' ? LONG_ID : ID
    if (!grammar.test(id))
      return { ok: false, refusal: badRequest('invalid_id', `invalid ${name} value`) }
  }
  return operation.decode(snapshot, ids, route.dialect)
}

// --- facts

async function connect(progress: Progress): Promise<ProviderClient> {
  const { ports, upstream, provider } = progress.pipeline
  const { grantId } = acceptedToken(progress).token
  const connection = await ports.connections.forGrant(grantId, provider.name)
  return new ProviderClient({
    upstream,
    connection,
    lifetime: progress.lifetime,
    onLeak: () => {
      const operation = progress.match?.operation.name ?? ''
      ports.log({ event: 'credential_in_answer', decisionId: progress.id, operation })
    },
  })
}

function createCall(progress: Progress, client: ProviderClient): Call {
  const { ports, pageTokens } = progress.pipeline
  const { grantId } = acceptedToken(progress).token
  const bindingOf = (query: string): string =>
    JSON.stringify([grantId, progress.match?.operation.name, query])
  return {
    decisionId: progress.id,
    grantId,
    account: client.account,
    now: Math.floor(progress.at / 1000),
    reader: client,
    servedAttachments: ports.servedAttachments,
    sentMessages: ports.sentMessages,
    judge: (action) => evaluateAction(progress, action).decision,
    wrapPageToken: (upstreamToken, query) => pageTokens.wrap(upstreamToken, bindingOf(query)),
    unwrapPageToken: (pageToken, query) => pageTokens.unwrap(pageToken, bindingOf(query)),
    log: (event) => ports.log(event),
  }
}

// --- decide

function evaluateAction(
  progress: Progress,
  action: GmailAction,
): { readonly decision: Decision; readonly facts: readonly Fact[] } {
  const context = { now: Math.floor(progress.at / 1000), audience: progress.pipeline.audience }
  return authorize(acceptedToken(progress).token, action, context)
}

/** about the token alone, whatever the request's facts turn out to be */
const TOKEN_CONSTRAINTS = ['expiry', 'audience', 'key', 'profile']

/** what no facts could make allowed is refused before anything is read upstream, and always with the same answer */
function checkGates(progress: Progress, { name, gates }: Operation): Refusal | undefined {
  const { openGates } = acceptedToken(progress)
  const second = Math.floor(progress.at / 1000)
  // the same token, action and second are the same question
  if (openGates.get(name) === second) return undefined
  let first: Refusal | undefined
  for (const action of gates) {
    const refusal = checkGate(progress, action)
    if (refusal === undefined) {
      openGates.set(name, second)
      return undefined
    }
    first ??= refusal
  }
  return first
}

function checkGate(progress: Progress, action: GmailAction): Refusal | undefined {
  const { decision } = evaluateAction(progress, action)
  if (decision.allowed) return undefined
  const { denial } = decision
  const { constraint, refused } = explainDenial(denial, action)
  if (TOKEN_CONSTRAINTS.includes(constraint)) {
    return {
      code: 'token_invalid',
      message: refused,
      reason: constraint,
      decided: { denial, action },
    }
  }
  return constraint === 'operation' ? denied({ denial, action }) : undefined
}

function denied(decided: NonNullable<Refusal['decided']>): Refusal {
  return { code: 'denied', message: 'not allowed', reason: decided.denial.reason, decided }
}

/** the first candidate that is allowed; of the denied ones the first speaks */
async function decide(
  progress: Progress,
  operation: Operation,
  actions: readonly GmailAction[],
): Promise<Step<Chosen>> {
  let denial: Refusal['decided']
  for (const [index, action] of actions.entries()) {
    const { decision, facts } = evaluateAction(progress, action)
    if (decision.allowed) return confirm(progress, operation, { index, action, facts })
    denial ??= { denial: decision.denial, action }
  }
  if (denial === undefined) throw new TypeError('an operation names at least one action')
  progress.action = denial.action
  return { ok: false, refusal: operation.conceals ? missing(denial.denial.reason, denial) : denied(denial) }
}

/** an effect needs both readers of the token to allow it; so does anything once they were seen to disagree */
async function confirm(
  progress: Progress,
  operation: Operation,
  chosen: Chosen,
): Promise<Step<Chosen>> {
  const accepted = acceptedToken(progress)
  if (operation.effect === 'effect' || accepted.suspect) {
    const verdict = await askSecondReader(progress, chosen)
    if (verdict === 'unavailable') return { ok: false, refusal: secondReaderUnavailable }
    if (verdict === 'deny') return { ok: false, refusal: reportDisagreement(progress) }
  }
  return { ok: true, value: chosen }
}

function askSecondReader(
  progress: Progress,
  { facts }: Chosen,
): Promise<'allow' | 'deny' | 'unavailable'> {
  const { token } = acceptedToken(progress)
  return progress.pipeline.ports.secondOpinion.authorize(token.text, token.rootPublicKey, facts)
}

function reportDisagreement(progress: Progress): Refusal {
  const accepted = acceptedToken(progress)
  accepted.suspect = true
  progress.pipeline.ports.log({
    event: 'readers_disagree',
    decisionId: progress.id,
    lineage: accepted.token.revocationIds,
    operation: progress.match?.operation.name ?? '',
  })
  const message = 'the two readers of this token do not agree: it is not accepted'
  return { code: 'denied', message, reason: 'readers_disagree' }
}

/** off the critical path: a read was decided by one reader, and a share of them is decided again by the other */
function crossCheck(progress: Progress, chosen: Chosen): void {
  if (Math.random() >= progress.pipeline.crossCheckShare) return
  askSecondReader(progress, chosen)
    .then((verdict) => {
      if (verdict === 'deny') reportDisagreement(progress)
    })
    .catch((error: unknown) => reportInternal(progress, error))
}

// --- budgets and approval come here: reserve before the intent, in the same transaction

// --- intent, forward, project, outcome

/** a read: its record is finished before anything of it is shown */
async function show(
  progress: Progress,
  project: () => Promise<Projected> | Projected,
): Promise<Answer> {
  const recording = progress.pipeline.ports.record.begin(toEntry(progress, 'allow', {}))
  // `finish` reports the failure of both writes; this one alone would be an unhandled rejection
  recording.committed.catch(() => undefined)
  const projected = await settle(progress, project)
  await recorded(progress, recording.finish(outcomeOf(progress, projected)))
  return toAnswer(progress, projected)
}

/** an effect: its intent is on record before it is forwarded */
async function perform(
  progress: Progress,
  operation: EffectOperation<unknown, unknown>,
  prepared: unknown,
  chosen: Chosen,
  call: Call,
): Promise<Answer> {
  const planned = await operation.plan(prepared, chosen.index, call)
  if (progress.lifetime.ended) return refuse(progress, clientClosed)
  const recording = progress.pipeline.ports.record.begin(toEntry(progress, 'allow', {}))
  await recorded(progress, recording.committed)
  const client = providerClient(progress)
  const projected = await settle(progress, async () => {
    const response = await client.perform(planned, UNTIL_DONE)
    return operation.project(response, prepared, chosen.index, call)
  })
  await recorded(progress, recording.finish(outcomeOf(progress, projected)))
  return toAnswer(progress, projected)
}

type Settled =
  | { readonly ok: true; readonly body: string }
  | { readonly ok: false; readonly refusal: Refusal; readonly mayHaveExecuted: boolean }

/** whatever happens between intent and outcome becomes an outcome */
async function settle(
  progress: Progress,
  work: () => Promise<Projected> | Projected,
): Promise<Settled> {
  try {
    const projected = await work()
    if (!projected.ok) return { ...projected, mayHaveExecuted: true }
    const body = JSON.stringify(projected.body)
    providerClient(progress).assertClean(body)
    return { ok: true, body }
  } catch (error) {
    const mayHaveExecuted = error instanceof AdapterError ? error.mayHaveExecuted : true
    return { ok: false, refusal: toRefusal(progress, error), mayHaveExecuted }
  }
}

function outcomeOf(progress: Progress, settled: Settled): RecordOutcome {
  const upstreamStatus = progress.client?.lastStatus
  if (settled.ok) return { outcome: 'done', upstreamStatus }
  const isEffect = progress.match?.operation.effect === 'effect'
  return { outcome: isEffect && settled.mayHaveExecuted ? 'unknown' : 'failed', upstreamStatus }
}

function toAnswer(progress: Progress, settled: Settled): Answer {
  return settled.ok
    ? { ok: true, decisionId: progress.id, body: settled.body }
    : { ok: false, decisionId: progress.id, refusal: settled.refusal }
}

// --- refusals and the record

/** INVARIANT: a refusal is on record before it is answered; what can not be recorded is refused as unavailable */
async function refuse(progress: Progress, refusal: Refusal): Promise<Answer> {
  if (refusal !== recordFailed) {
    const { record } = progress.pipeline.ports
    const entry = toEntry(progress, isDenial(refusal) ? 'deny' : 'invalid', refusal)
    const outcome = { outcome: 'refused', upstreamStatus: progress.client?.lastStatus } as const
    try {
      await record.write(entry, outcome)
    } catch (error) {
      reportRecordFailure(progress, error)
      return { ok: false, decisionId: progress.id, refusal: recordFailed }
    }
  }
  return { ok: false, decisionId: progress.id, refusal }
}

function isDenial(refusal: Refusal): boolean {
  return refusal.code === 'denied' || refusal.decided !== undefined
}

function toEntry(
  progress: Progress,
  decision: RecordEntry['decision'],
  refusal: Partial<Pick<Refusal, 'reason' | 'decided'>>,
): RecordEntry {
  const token = progress.accepted?.token
  const action = refusal.decided?.action ?? progress.action
  return {
    id: progress.id,
    provider: progress.pipeline.provider.name,
    at: progress.at,
    grantId: token?.grantId,
    clientId: token?.clientId,
    operation: progress.match?.operation.name,
    request: progress.request,
    facts: action && toRecordedFacts(action),
    decision,
    reason: refusal.reason,
    caveat: refusal.decided && caveatOf(refusal.decided.denial),
    lineage: token?.revocationIds ?? [],
  }
}

const recordFailed: Refusal = {
  code: 'unavailable',
  message: 'the call could not be recorded, so it is refused: try again',
  reason: 'record_failed',
}

const clientClosed: Refusal = {
  code: 'upstream_failed',
  message: 'the client left before the answer was there',
  reason: 'client_closed',
}

/** carries a failed write to the one place that answers it */
class RecordFailure extends Error {}

async function recorded(progress: Progress, write: Promise<void>): Promise<void> {
  try {
    await write
  } catch (cause) {
    reportRecordFailure(progress, cause)
    throw new RecordFailure('the record was not written', { cause })
  }
}

function reportRecordFailure(progress: Progress, error: unknown): void {
  const { ports } = progress.pipeline
  ports.log({ event: 'record_failed', decisionId: progress.id, error: nameOf(error) })
}

function toRefusal(progress: Progress, error: unknown): Refusal {
  if (error instanceof RecordFailure) return recordFailed
  if (error instanceof AdapterError) return error.refusal
  if (error instanceof ConnectionError) return toConnectionRefusal(error)
  reportInternal(progress, error)
  return {
    code: 'internal',
    message: 'something went wrong in this front',
    reason: 'internal_error',
  }
}

function reportInternal(progress: Progress, error: unknown): void {
  const { ports } = progress.pipeline
  ports.log({ event: 'internal_error', decisionId: progress.id, error: nameOf(error) })
}

/** for the operator: where it broke, without the values it broke on */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return error.stack?.slice(0, 2000) ?? error.name
}

// --- what an earlier step has established

function acceptedToken(progress: Progress): AcceptedToken {
  if (progress.accepted === undefined) throw new TypeError('no token was accepted yet')
  return progress.accepted
}

function providerClient(progress: Progress): ProviderClient {
  if (progress.client === undefined) throw new TypeError('no connection was made yet')
  return progress.client
}
