import type { Call } from '../operation.ts'
import type { Refusal } from '../refusal.ts'

/** how far a listing looks that has found nothing yet: rows, and time, since clients and proxies give up after half a minute */
export const LONG_WALK = { examined: 2_000, milliseconds: 15_000 } as const

const AT_ONCE = 2
const KEPT_MS = 3_600_000

/**
 * The listings of one connection that look further than a page may cost, because they have found nothing yet. Whoever asks many
 * times at once would else read a whole mailbox many times over, from the owner's allowance at Gmail.
 */
export class LongWalks {
  #underWay = 0

  /** by connection: another one is another mailbox */
  static of(call: Call): Promise<LongWalks> {
    return call.remember('long walks', KEPT_MS, () => Promise.resolve(new LongWalks()))
  }

  /** false when there are enough; who enters leaves */
  enter(): boolean {
    if (this.#underWay >= AT_ONCE) return false
    this.#underWay++
    return true
  }

  leave(): void {
    this.#underWay--
  }
}

/**
 * Instead of an empty page with a next one, at which clients stop or loop. It is no 429 or 5xx: clients repeat those by
 * themselves, and would walk the same way again.
 */
export function unfinished(pageToken: string): Refusal {
  return {
    code: 'bad_request',
    reason: 'list_unfinished',
    message:
      'nothing that this access shows among the many rows looked at, and there are more: go on with `page_token` of this error as `pageToken`, or ask for less',
    resume: pageToken,
  }
}
