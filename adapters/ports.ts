import type { Action, ProviderType } from '../capabilities/index.ts'
import type { JsonObject } from './operation.ts'

/** What a front needs from outside itself. `server` implements these; a front imports nothing of `server`. */

/** the front's own view of time, in milliseconds since 1970 */
type Clock = () => number

/** public keys that may have signed an authority block, by Biscuit's `rootKeyId` */
export interface RootKeys {
  /** 32 raw bytes of an Ed25519 public key, or undefined when the key is unknown or no longer trusted */
  find(rootKeyId: number | undefined): Uint8Array | undefined
}

export interface RevocationFeed {
  /** false when the feed has not been confirmed within its lease: the front must refuse everything */
  isFresh(): boolean
  /** true when any of the revocation ids (hex), or the grant itself, was revoked */
  isRevoked(revocationIds: readonly string[], grantId: string): boolean
  /** true while the buyer has stopped the grant: nothing of it passes, and its tokens are good again when she resumes it */
  isPaused(grantId: string): boolean
}

/** the library's verdict on a token: second reader of every token, and of every action with an effect */
export interface SecondOpinion {
  /** the library accepts the token's signatures; `unavailable` (worker died, time ran out) is a 503, never a denial */
  accepts(token: string, rootPublicKey: Uint8Array): Promise<'accepted' | 'refused' | 'unavailable'>
  /** the library's decision for the same facts our evaluator saw */
  authorize(
    token: string,
    rootPublicKey: Uint8Array,
    facts: readonly import('../capabilities/index.ts').Fact[],
  ): Promise<'allow' | 'deny' | 'unavailable'>
}

/** a real credential, for the Authorization header of one upstream request; never printable */
export interface Credential {
  reveal(): string
}

export interface Connection {
  readonly id: string
  /** the account's own address, normalised */
  readonly account: string
  /**
   * The grant speaks of passages of other conversations (`body.echo`), so what is shown under it is remembered, whichever of its
   * tokens shows it: one that was narrowed to reading says nothing of sending.
   */
  readonly remembersShown: boolean
  /** an access token that should be valid now. Throws `ConnectionError` when the provider refuses to give one */
  credential(): Promise<Credential>
  /** the provider answered 401 to this credential: forget it; the next `credential()` asks for a fresh one */
  rejected(credential: Credential): Promise<void>
}

/** no usable connection: never made, removed, or the provider withdrew its consent. Becomes a 502 in the provider's shape */
export class ConnectionError extends Error {
  readonly code: 'not_connected' | 'broken' | 'provider_unreachable'
  constructor(
    code: 'not_connected' | 'broken' | 'provider_unreachable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'ConnectionError'
    this.code = code
  }
}

export interface Connections {
  /** the connection that the buyer bound to this grant at consent. Cached; a revoked grant has none */
  forGrant(grantId: string, provider: ProviderType): Promise<Connection>
}

/** what was asked and what was decided; never a message body, never a token, never a credential */
export interface RecordEntry {
  /** the decision id, also in the answer's headers and in a denial's text */
  readonly id: string
  readonly provider: ProviderType
  readonly at: number
  readonly grantId: string | undefined
  readonly clientId: string | undefined
  readonly operation: string | undefined
  /** method, path template or raw path (capped), and the decoded parameters */
  readonly request: Readonly<Record<string, unknown>>
  /** the facts that were decided on */
  readonly facts: Readonly<Record<string, unknown>> | undefined
  /** `undecided`: the intent of a read, which the front must make before it knows the facts */
  readonly decision: 'allow' | 'deny' | 'invalid' | 'undecided'
  /** the denial's closed code, or the transport refusal's */
  readonly reason: string | undefined
  /** the check that refused, printed, with its block number */
  readonly caveat: string | undefined
  /** a denial in words, for the buyer: what was tried and is not allowed */
  readonly explanation: string | undefined
  /** revocation ids (hex), authority block first */
  readonly lineage: readonly string[]
  /** what a call with an effect has taken from budgets: filled in where it is taken */
  readonly spent?: readonly Spent[] | undefined
}

export interface RecordOutcome {
  readonly outcome: 'done' | 'failed' | 'unknown' | 'refused'
  readonly upstreamStatus: number | undefined
}

/**
 * The record store writes in groups. Every promise rejects when the record could not be written: the call is then refused.
 * - a refusal: `write(entry, outcome)` is awaited before the refusal is answered
 * - a call with an effect: `await begin(entry).committed` before forwarding, then `await finish(…)`
 * - a read: `begin(entry)` undecided before anything is asked of the provider (queued), `await finish(…, decided)` before
 *   anything is answered; when both land in one group they are one row
 */
export interface Recorder {
  write(entry: RecordEntry, outcome: RecordOutcome): Promise<void>
  begin(entry: RecordEntry): Recording
}

export interface Recording {
  readonly committed: Promise<void>
  /** `decided` replaces what the intent could not know yet: facts, decision, reason, caveat */
  finish(outcome: RecordOutcome, decided?: RecordEntry): Promise<void>
}

/** one counter of one period: this hour's */
export interface Counter {
  /** a grant's id, or the revocation id of the block that declares the limit */
  readonly holder: string
  /** what is counted, `gmail.messages.reply.calls` */
  readonly dimension: string
  /** `hour`, `day Europe/Paris`, `grant` */
  readonly window: string
  readonly period: string
}

/** what a call would take from a counter */
export interface Charge extends Counter {
  readonly max: number
  /** units; or different things, each of which counts once: in its period, or for as long as the counter is kept (`ever`) */
  readonly amount: number | { readonly distinct: readonly string[]; readonly ever: boolean }
  /** seconds since 1970 at which the period ends; undefined: never */
  readonly periodEnd: number | undefined
  /** seconds since 1970 after which nobody can ask for this counter; undefined: never */
  readonly holderEnd: number | undefined
}

/** what a call has taken from a counter, so that it can be given back */
export interface Spent extends Counter {
  readonly amount: number
  /** hashes of the things that were counted or stood there already */
  readonly members?: readonly string[]
}

export type Taken<Done> =
  | ({ readonly ok: true } & Done)
  /** nothing was taken; the charge that was too much, and what its counter says */
  | { readonly ok: false; readonly charge: Charge; readonly used: number; readonly asked: number }

/** what a call uses besides its budgets, in the same transaction */
export interface BeginOptions {
  readonly approvalId?: string | undefined
  readonly idempotent?: IdempotentCall | undefined
}

/** a call that its provider does once for each key */
export interface IdempotentCall {
  readonly grantId: string
  /** derived from the grant and the agent's own key */
  readonly key: string
  /** of what was asked: the same key with something else is a mistake */
  readonly digest: string
  readonly provider: ProviderType
  readonly connectionId: string
  /** what was decided on: whoever asks again must be allowed that */
  readonly action: Action
  /** where the provider tells whether it was done */
  readonly trace: JsonObject
}

export interface KnownCall {
  readonly digest: string
  readonly action: Action
  readonly trace: JsonObject
  /** the record of the call that was charged */
  readonly recordId: string
  /** `open`: under way; `forgotten`: so long ago that the provider would do it a second time */
  readonly state: 'open' | 'done' | 'unknown' | 'forgotten'
}

/** nothing was taken, because of something else than a budget */
export type NotBegun =
  /** the approval was used meanwhile, or ended */
  | { readonly ok: false; readonly approval: 'gone' }
  /** another action under this key; the same call under way; the same action under another key, with an outcome nobody knows */
  | { readonly ok: false; readonly clash: 'mismatch' | 'in_flight' | 'unsettled' }

/**
 * Counters that every replica shares. Whatever is interleaved, and wherever a process dies, a counter never stands above its
 * maximum and never below what has really been done. Rejects when that cannot be kept: the call is then refused.
 */
export interface Budgets {
  /**
   * All charges, or none, in one transaction with the intent of a call. Its outcome settles them in one transaction too: `failed`
   * gives them back, `done` and `unknown` keep them, and so does a process that never comes back. An approval is used up and
   * given back in the same way; two calls never use one.
   */
  begin(
    entry: RecordEntry,
    charges: readonly Charge[],
    options?: BeginOptions,
  ): Promise<Taken<{ recording: Recording }> | NotBegun>
  /** what is known of a call under this key */
  findCall(grantId: string, key: string): Promise<KnownCall | undefined>
  /** it was found out that the call was done after all */
  settleDone(recordId: string): Promise<void>
  /** all charges, or none, for good: what is then shown cannot be taken back */
  spend(charges: readonly Charge[]): Promise<Taken<object>>
}

/** what the buyer reads before she decides; every value is plain text, capped where it is made */
export interface ApprovalCard {
  /** `Refund $80.00 of a charge to cus_1`, computed from the decoded action */
  readonly title: string
  readonly rows: readonly ApprovalRow[]
}

export interface ApprovalRow {
  readonly label: string
  readonly value: string
  /** who chose the value: the agent's words are shown as such */
  readonly from: 'front' | 'provider' | 'agent'
}

/** one action that is allowed only when its buyer says so */
export interface ApprovalRequest {
  readonly grantId: string
  readonly clientId: string | undefined
  readonly provider: ProviderType
  /** `gmail.messages.reply`: what several of one kind have in common */
  readonly operation: string
  /** the record of the call that asked */
  readonly decisionId: string
  /** base64url SHA-256 of the decoded action as canonical JSON (RFC 8785); never of bytes as they came */
  readonly digest: string
  readonly card: ApprovalCard
}

export interface Approval {
  readonly id: string
  /** final once it is not `pending`; an approved one that was used is found no more */
  readonly status: 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled'
  /** seconds since 1970: until when it can be decided, and once approved until when it can be used */
  readonly expiresAt: number
}

/** An approval is of one action of one grant, is given by the buyer alone, is used once, and ends. Rejects when that cannot be told */
export interface Approvals {
  /**
   * What stands for this action: waiting, given and not used, or denied and not yet forgotten; of nothing, a new one that waits.
   * `too_many`: this grant has more waiting than anybody would read.
   */
  ask(request: ApprovalRequest): Promise<Approval | 'too_many'>
  /** given for this action, and neither used nor over; looking does not use it, see `Budgets.begin` */
  findGiven(grantId: string, digest: string): Promise<Approval | undefined>
  /** of this grant only */
  find(grantId: string, id: string): Promise<Approval | undefined>
}

/** Rates that every replica shares (GCRA). A denial writes nothing. Rejects when it cannot be told */
export interface RateLimits {
  /** undefined: go on; else the seconds to wait */
  take(
    key: string,
    rate: { readonly perMinute: number; readonly burst: number },
  ): Promise<number | undefined>
}

/** which attachment bytes a grant has been shown: the ground of `attachments: "readable"` */
export interface ServedAttachments {
  remember(grantId: string, sha256: string, messageId: string): Promise<void>
  /** message ids in which these bytes were shown; the front reads them again with the presented token before it believes them */
  messagesWith(grantId: string, sha256: string): Promise<readonly string[]>
}

/**
 * Which messages of a mailbox were sent under a grant. Whom the agent wrote to takes no part in a thread for that reason: else it
 * could choose its own participants. An id is the Message-ID header (known before sending, so that an unknown outcome is
 * remembered too) or the provider's own id (known after).
 */
export interface SentMessages {
  remember(grantId: string, id: string): Promise<void>
  /** those of the ids that this grant, or any other grant on the same mailbox, has sent, however long ago */
  among(grantId: string, ids: readonly string[]): Promise<ReadonlySet<string>>
}

/**
 * Which passages a grant was shown, in which thread, and which it wrote before it was shown them anywhere. A passage is a number
 * (see gmail/content/passages.ts), never a text. Rejects when that cannot be told or kept: nothing is then shown or sent.
 */
export interface ShownPassages {
  remember(grantId: string, threadId: string, passages: readonly number[]): Promise<void>
  /** the agent's own words: those of the passages that the grant was shown in no thread so far */
  claim(grantId: string, passages: readonly number[]): Promise<void>
  /** those of the passages that the grant was shown in other threads, not in this one, and did not write itself before */
  shownElsewhere(
    grantId: string,
    threadId: string | undefined,
    passages: readonly number[],
  ): Promise<ReadonlySet<number>>
}

/**
 * What a grant made or moved itself, so that it may come back to that and to nothing else: its drafts, and what it put into
 * the trash. `id` is the provider's, of a draft or of a message.
 */
export interface OwnItems {
  /** replaces what was remembered of the same item */
  remember(grantId: string, kind: OwnItemKind, items: readonly OwnItem[]): Promise<void>
  /** those of the ids that are this grant's */
  among(grantId: string, kind: OwnItemKind, ids: readonly string[]): Promise<readonly OwnItem[]>
  /** newest first */
  list(grantId: string, kind: OwnItemKind): Promise<readonly OwnItem[]>
  /** true for one caller only, however many replicas ask: the item is then forgotten */
  take(grantId: string, kind: OwnItemKind, id: string): Promise<boolean>
}

type OwnItemKind = 'draft' | 'trashed'

export interface OwnItem {
  readonly id: string
  readonly detail: Readonly<Record<string, string>>
}

/** Proofs of possession that any replica has seen. Rejects when that cannot be told: the call is then refused */
export interface UsedProofs {
  /** false when this key used this `jti` before; else it is used from now on, for longer than any proof is good */
  claim(keyThumbprint: string, jti: string): Promise<boolean>
}

export interface FrontPorts {
  readonly now: Clock
  readonly rootKeys: RootKeys
  readonly revocations: RevocationFeed
  readonly secondOpinion: SecondOpinion
  readonly connections: Connections
  readonly record: Recorder
  readonly budgets: Budgets
  readonly approvals: Approvals
  readonly rateLimits: RateLimits
  readonly servedAttachments: ServedAttachments
  readonly sentMessages: SentMessages
  readonly shownPassages: ShownPassages
  readonly ownItems: OwnItems
  readonly usedProofs: UsedProofs
  /** operator's log: one event, typed fields, no secrets */
  log(event: FrontEvent): void
}

export type FrontEvent =
  | {
      readonly event: 'readers_disagree'
      readonly decisionId: string
      readonly lineage: readonly string[]
      readonly operation: string
    }
  | {
      readonly event: 'credential_in_answer'
      readonly decisionId: string
      readonly operation: string
    }
  | { readonly event: 'record_failed'; readonly decisionId: string; readonly error: string }
  | { readonly event: 'internal_error'; readonly decisionId: string; readonly error: string }
  | { readonly event: 'proofs_unavailable'; readonly decisionId: string; readonly error: string }
  | { readonly event: 'not_tidied'; readonly decisionId: string; readonly error: string }
  | { readonly event: 'refusals_not_recorded'; readonly count: number }
  | { readonly event: 'thread_mismatch'; readonly decisionId: string }
  | { readonly event: 'effect_differs'; readonly decisionId: string; readonly operation: string }
