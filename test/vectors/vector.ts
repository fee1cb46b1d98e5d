import type { Action, Fact, RequestContext } from '../../capabilities/index.ts'

/** the form of decisions.json; README.md says what the fields mean */
export interface Vector {
  readonly name: string
  readonly token: string
  readonly facts: readonly Fact[]
  readonly decision: 'allow' | 'deny' | 'refused'
  readonly reason: string | null
  readonly block: number | null
  readonly action: Action | null
  readonly context: RequestContext | null
}

export interface Vectors {
  readonly root_key: {
    readonly algorithm: 'ed25519'
    readonly key_id: number
    readonly key_bytes: string
  }
  readonly vectors: readonly Vector[]
}
