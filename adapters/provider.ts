import type { ProviderType, VerifiedToken } from '../capabilities/index.ts'
import type { BatchFormat } from './batch.ts'
import type { Call, Decoded, JsonObject, Operation, Reader } from './operation.ts'
import type { Refusal } from './refusal.ts'
import type { Snapshot } from './snapshot.ts'
import type { UpstreamHeaders } from './upstream.ts'

/** what makes a front the front of one provider */
export interface Provider {
  readonly name: ProviderType
  /** what every upstream path begins with */
  readonly basePath: string
  /** hand-written; whatever is not in it is refused without an upstream call */
  readonly operations: readonly Operation[]
  /** absent: there are no batches at this front */
  readonly batch?: BatchFormat
  /** in front of a token, for toolkits that insist on a credential's shape */
  readonly tokenPrefix?: string
  /** what this provider's own request headers say */
  readHeaders?(request: Snapshot, token: VerifiedToken): Decoded<ReadHeaders>
  /** what goes upstream when it is asked what became of a call with this trace */
  headersFor?(trace: JsonObject): UpstreamHeaders
  /** of an error of the provider: its closed word for it, if it is one that may be told */
  readErrorCode?(status: number, body: unknown): string | undefined
  /** a 409 of this provider says no for good; else it says that the same call is under way */
  readonly refusesWith409?: true
  /** of a path below the base path: a POST to it changes nothing; absent: there is none */
  isQuestion?(path: readonly string[]): boolean
  /** what became of the call with this trace and key, as the provider tells it now; undefined: nothing so far */
  findDone?(trace: JsonObject, key: string, reader: Reader): Promise<unknown>
  /** id -> name, for a token that speaks of things by name; undefined when this one needs none */
  readNames(
    token: VerifiedToken,
    call: Pick<Call, 'reader' | 'remember'>,
  ): Promise<ReadonlyMap<string, string>> | undefined
  /** a refusal in the provider's own error shape, so that a stock client raises what its users know */
  toError(refusal: Refusal, decisionId: string): ProviderError
}

export interface ReadHeaders {
  /** what goes upstream with everything that is asked for this request */
  readonly upstream: UpstreamHeaders
  /** see `Call.connectedAccount` */
  readonly connectedAccount?: string | undefined
}

export interface ProviderError {
  readonly status: number
  /** JSON text */
  readonly body: string
  /** names and values in turn: what tells this provider's clients whether to try again */
  readonly headers?: readonly string[]
}
