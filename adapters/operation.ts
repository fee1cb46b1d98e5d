import type {
  Action,
  ActionName,
  Conditions,
  Decision,
  RecordFactsNeeded,
} from '../capabilities/index.ts'
import type {
  ApprovalCard,
  FrontEvent,
  OwnItems,
  RecordOutcome,
  SentMessages,
  ServedAttachments,
  ShownPassages,
} from './ports.ts'
import type { Refusal } from './refusal.ts'
import type { Snapshot } from './snapshot.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** an action as its buyer is asked for it */
export interface Approvable {
  /** what she says yes to, and nothing besides: the same request again gives the same */
  readonly action: JsonObject
  /** what she reads */
  readonly card: ApprovalCard
}

type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json | undefined
}

/**
 * What an operation declares. The pipeline owns the order of steps; an operation never reorders it and never sees the
 * socket, the token's text or the credential. Hand-written, one file each; whatever is not in a front's table is refused.
 */
export interface Route {
  readonly method: Method
  /** exact, case-sensitive; `{name}` is one id segment */
  readonly template: string
  /** how this route spells its parameters, e.g. `json` or `upload`; the operation's own word */
  readonly dialect: string
}

export type Decoded<Params> =
  { readonly ok: true; readonly params: Params } | { readonly ok: false; readonly refusal: Refusal }

export type Prepared<Facts> =
  | {
      readonly ok: true
      readonly prepared: Facts
      /** candidates in order of preference: the first that is allowed is done, the first denial is what is reported */
      readonly actions: readonly [Action, ...Action[]]
      /** further actions of the same request, of which every one must be allowed too: a change of many messages is one change */
      readonly also?: readonly Action[]
      /** the same, each of which counts against its limits by itself: a batch of records is as many calls */
      readonly each?: readonly Action[]
    }
  | { readonly ok: false; readonly refusal: Refusal }

export type QueryPairs = readonly (readonly [name: string, value: string])[]

/** reads from the provider with the real credential; cannot change anything there */
export interface Reader {
  /**
   * GET below the provider's base path. `path` is a list of segments, each encoded on its own, so no value can leave its
   * place. Gives the parsed JSON, or undefined when the provider says 404; every other failure throws `AdapterError`.
   */
  read(path: readonly string[], query?: QueryPairs): Promise<unknown>
  /**
   * The same for what a provider only answers to a POST: a search, or many ids at once. Throws `TypeError` for a path that
   * `Provider.isQuestion` does not know.
   */
  ask(path: readonly string[], question: JsonObject): Promise<unknown>
  /** the same, read as far as a decision needs it, with the bytes it came in */
  readOutline(path: readonly string[], query?: QueryPairs): Promise<UpstreamOutline | undefined>
}

export interface UpstreamOutline {
  /** the answer with every long `data` emptied: enough for a decision, not for showing a body */
  readonly outline: unknown
  /** the answer itself, parsed when it is asked for */
  readonly whole: () => unknown
  /**
   * The answer as it came, where it may be shown as it is if its projection leaves nothing out; absent where only a fresh
   * serialisation is known to be clean.
   */
  readonly bytes: Buffer | undefined
}

/** what an operation may use between its decoding and its answer */
export interface Call {
  readonly decisionId: string
  readonly grantId: string
  /** the connected account's own address, normalised */
  readonly account: string
  /** an account of somebody else's, connected to this one, for which the agent asks (Stripe Connect); undefined: the account itself */
  readonly connectedAccount: string | undefined
  /** seconds since 1970 */
  readonly now: number
  readonly reader: Reader
  readonly servedAttachments: ServedAttachments
  readonly sentMessages: SentMessages
  /** undefined: neither the token nor its grant asks about passages of other conversations, and none are remembered */
  readonly shownPassages: ShownPassages | undefined
  readonly ownItems: OwnItems
  /** labels that some filter of the token looks for: who could change them would choose what he reads */
  readonly filterLabels: readonly string[]
  /** currencies that the token speaks of: whether it covers a thing at all is asked in these */
  readonly currencies: readonly string[]
  /** what the token's checks ask of a record of one of HubSpot's object types */
  recordFactsNeeded(objectType: string): RecordFactsNeeded
  /** what the token says of one action, each block's alternatives; for asking a provider less, see `readFilters` */
  readFilters(
    action: ActionName,
    when?: 'now' | 'ever',
  ): readonly (readonly Conditions[])[] | undefined
  /** the names that the account's owner gave to ids that the token speaks of by name; see `Provider.readNames` */
  readonly names: ReadonlyMap<string, string>
  /** what may be believed for a while about this connection's account, read once for all who ask meanwhile */
  remember<T>(what: string, milliseconds: number, read: () => Promise<T>): Promise<T>
  /** our evaluator's word on a further action of the same request: a row of a list, a message of a thread */
  judge(action: Action): Decision
  /** whether the token allows it, at once or when its buyer says yes */
  couldAllow(action: Action): boolean
  /** whether showing this, which the token allows, would be counted against a limit */
  isCounted(action: Action): boolean
  /** under which a provider is told that this call is one it may know already; another grant's same key is another */
  deriveIdempotencyKey(key: string): string
  wrapPageToken(upstreamToken: string, query: string): string
  /** the provider's page token, or undefined when it was not made for this grant, operation and query */
  unwrapPageToken(pageToken: string, query: string): string | undefined
  log(event: FrontEvent): void
}

interface OperationBase<Params, Facts> {
  /** the provider's method, e.g. `gmail.users.messages.get`; for records and logs */
  readonly name: string
  readonly routes: readonly [Route, ...Route[]]
  /** greatest request body in bytes; 0 refuses any body */
  readonly maxBodyBytes: number
  /**
   * Actions with the facts left empty, one per way this operation can be allowed. When every one of them is refused
   * whatever the facts (no right, expired, other audience), the request is refused before anything is read upstream.
   */
  readonly gates: readonly [Action, ...Action[]]
  /** a denial is answered as if the thing did not exist */
  readonly conceals: boolean
  /** comes only to what this grant has written itself: whatever needed the buyer's yes has had it then */
  readonly assumesApproval?: true
  /** path ids are already checked against the id grammar; query and body are this function's to check, strictly */
  decode(request: Snapshot, ids: Readonly<Record<string, string>>, dialect: string): Decoded<Params>
  /** what the record keeps of the parameters: ids, formats, counts; never a body */
  toRecord(params: Params): Readonly<Record<string, unknown>>
  /** reads what the facts need, and names the action or actions to be decided */
  prepare(params: Params, call: Call): Promise<Prepared<Facts>> | Prepared<Facts>
}

export interface ReadOperation<Params, Facts> extends OperationBase<Params, Facts> {
  readonly effect: 'read'
  /** the allow-listed answer; may read more, and judges every further thing it shows. `chosen` indexes `actions` */
  project(prepared: Facts, chosen: number, call: Call): Promise<Projected> | Projected
}

export interface EffectOperation<Params, Facts> extends OperationBase<Params, Facts> {
  readonly effect: 'effect'
  /** the one upstream request, rebuilt from decided values. `chosen` indexes `actions` */
  plan(prepared: Facts, chosen: number, call: Call): Promise<UpstreamCall> | UpstreamCall
  /** allow-list of the provider's 2xx answer; of one without content `response` is undefined */
  project(
    response: unknown,
    prepared: Facts,
    chosen: number,
    call: Call,
  ): Promise<Projected> | Projected
  /** a call that is done once for each key of the agent's; absent: the provider has no way to tell one from another */
  readonly idempotency?: Idempotency<Params, Facts>
  /** the action that `chosen` stands for, for its buyer; absent: nobody can be asked for this */
  approvable?(prepared: Facts, chosen: number, call: Call): Approvable
  /**
   * What is left to do when the outcome is known and on record, whether or not the client still waits: `tidy` may ask the
   * provider for a further change that only clears away, and what there is to clear away; it gives the answer, or undefined
   * when there is none. What fails here is logged, and changes nothing of the answer.
   */
  afterwards?(
    outcome: RecordOutcome['outcome'],
    prepared: Facts,
    call: Call,
    tidy: (call: UpstreamCall) => Promise<unknown>,
  ): Promise<void>
}

/**
 * INVARIANT: a call that says it is one that was made before is answered with what became of that one, and is never forwarded a
 * second time.
 */
interface Idempotency<Params, Facts> {
  /** the agent's own key, if it sent one */
  keyOf(params: Params): string | undefined
  /** what was asked, without the key: the same key with something else is a mistake */
  toAsked(params: Params, connectedAccount: string | undefined): JsonObject
  /** by which `Provider.findDone` finds what became of it */
  trace(prepared: Facts, chosen: number): JsonObject
  /** what was found, as an answer */
  show(found: unknown): Projected
}

export type Operation<Params = unknown, Facts = unknown> =
  ReadOperation<Params, Facts> | EffectOperation<Params, Facts>

/** the body of a 200, unless it is said otherwise, none for a 204, or a refusal found while projecting (the thing vanished, the provider's answer has another shape) */
export type Projected =
  | {
      readonly ok: true
      readonly body: unknown
      /** where the provider's clients take no other for a success: something was made; a batch of which a part failed */
      readonly status?: 201 | 207 | undefined
      /** the provider's own bytes, from `readOutline`, where the projection leaves nothing of them out */
      readonly bytes?: Buffer
      /** of a read that shows several things: each, as it was judged; else it shows what was decided on */
      readonly shows?: readonly Action[]
    }
  | { readonly ok: false; readonly refusal: Refusal }

export interface UpstreamCall {
  readonly method: Method
  /** segments below the provider's base path, each encoded on its own */
  readonly path: readonly string[]
  readonly query?: QueryPairs
  readonly contentType?: string
  readonly body?: Buffer | string
  /** of several things: when the provider refuses it, a part may have been done */
  readonly mayBePartial?: boolean
  /** the provider's own word for `this is the same call again` */
  readonly idempotencyKey?: string
}
