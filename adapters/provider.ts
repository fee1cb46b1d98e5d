import type { ProviderType, VerifiedToken } from '../capabilities/index.ts'
import type { BatchFormat } from './batch.ts'
import type { Call, Operation } from './operation.ts'
import type { Refusal } from './refusal.ts'

/** what makes a front the front of one provider */
export interface Provider {
  readonly name: ProviderType
  /** what every upstream path begins with */
  readonly basePath: string
  /** hand-written; whatever is not in it is refused without an upstream call */
  readonly operations: readonly Operation[]
  /** absent: there are no batches at this front */
  readonly batch?: BatchFormat
  /** id -> name, for a token that speaks of things by name; undefined when this one needs none */
  readNames(
    token: VerifiedToken,
    call: Pick<Call, 'reader' | 'remember'>,
  ): Promise<ReadonlyMap<string, string>> | undefined
  /** a refusal in the provider's own error shape, so that a stock client raises what its users know */
  toError(refusal: Refusal, decisionId: string): ProviderError
}

export interface ProviderError {
  readonly status: number
  /** JSON text */
  readonly body: string
}
