import {
  describe,
  findExcess,
  restrict,
  type Capability,
  type ProviderType,
} from '../../../capabilities/index.ts'
import type { EarlierGrant } from './earlier.ts'
import type { ProposedRow } from './rows.ts'

/** how a row stands to what the buyer allowed the same agent before */
export interface Difference {
  /**
   * `before`: inside what she allowed. `longer`: inside it, but for its end. `further`: the same kind of thing, and more of it.
   * `new`: nothing of the kind.
   */
  readonly kind: 'before' | 'longer' | 'further' | 'new'
  /** what she allowed of the kind, in the words she read then */
  readonly until: readonly string[]
}

/** of each row; undefined where there is nothing to compare with */
export type Differences = ReadonlyMap<ProposedRow, Difference>

/**
 * Held against what is in force: what is paused allows nothing, so asking for it again asks for something new. So does asking for
 * another account: what she allowed with one mailbox says nothing of another. `accountOf`: the one that is chosen on the page.
 *
 * INVARIANT: `before` is said of nothing that goes further in any respect; when in doubt a row goes further.
 */
export function compareRows(
  rows: readonly ProposedRow[],
  earlier: readonly EarlierGrant[],
  accountOf: (provider: ProviderType) => string | undefined,
): Differences {
  const held = earlier
    .filter(({ isPaused }) => !isPaused)
    .flatMap(({ capabilities, connections }) =>
      capabilities.filter(({ type }) => connections[type] === accountOf(type)),
    )
  if (earlier.length === 0) return new Map()
  return new Map(rows.map((row) => [row, compare(row, held)]))
}

function compare({ capability, action }: ProposedRow, held: readonly Capability[]): Difference {
  const same = held
    .filter(({ type, actions }) => type === capability.type && actions.includes(action))
    .map((one) => restrict(one, [action]))
  const until = same.flatMap(describe).map(({ sentence }) => sentence)
  if (same.length === 0) return { kind: 'new', until }
  if (findExcess(capability, same) === undefined) return { kind: 'before', until }
  const endless = same.map(({ expires_at: _end, ...rest }): Capability => rest)
  return { kind: findExcess(capability, endless) === undefined ? 'longer' : 'further', until }
}

/** whether what is asked for now does all that the earlier grants do; what is paused is the buyer's own to decide on */
export function coversEarlier(
  requested: readonly Capability[],
  earlier: readonly EarlierGrant[],
): boolean {
  return earlier.every(
    ({ isPaused, capabilities }) =>
      !isPaused && capabilities.every((one) => findExcess(one, requested) === undefined),
  )
}
