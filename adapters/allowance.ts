/** So many a minute; tells with the first one of a later minute how many were left out before. */
export class Allowance {
  readonly #perMinute: number
  #minute = 0
  #taken = 0

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** `now` in milliseconds */
  take(now: number): { readonly granted: boolean; readonly leftOut: number } {
    const minute = Math.floor(now / 60_000)
    let leftOut = 0
    if (minute !== this.#minute) {
      leftOut = Math.max(0, this.#taken - this.#perMinute)
      this.#minute = minute
      this.#taken = 0
    }
    this.#taken += 1
    return { granted: this.#taken <= this.#perMinute, leftOut }
  }
}
