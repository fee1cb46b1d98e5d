import type { ServerResponse } from 'node:http'

/** answers that stay open: so many for one buyer, so many in all, so that no crowd of them takes the process */
export class StreamPlaces {
  readonly #ofOne: number
  readonly #ofAll: number
  readonly #taken = new Map<string, number>()
  #all = 0

  constructor(limits: { readonly ofOne: number; readonly ofAll: number }) {
    this.#ofOne = limits.ofOne
    this.#ofAll = limits.ofAll
  }

  /** holds a place until the answer is over, or its reader has hung up; false when there is none */
  take(who: string, answer: Pick<ServerResponse, 'once'>): boolean {
    const taken = this.#taken.get(who) ?? 0
    if (taken >= this.#ofOne || this.#all >= this.#ofAll) return false
    this.#taken.set(who, taken + 1)
    this.#all += 1
    answer.once('close', () => this.#leave(who))
    return true
  }

  #leave(who: string): void {
    const left = (this.#taken.get(who) ?? 1) - 1
    if (left === 0) this.#taken.delete(who)
    else this.#taken.set(who, left)
    this.#all -= 1
  }
}
