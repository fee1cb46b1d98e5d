/** so many at a time, so many waiting, and a refusal for the rest: a crowd cannot take all memory or all threads */
export class BoundedQueue {
  readonly #maxRunning: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: { maxRunning: number; maxWaiting: number }) {
    this.#maxRunning = limits.maxRunning
    this.#maxWaiting = limits.maxWaiting
  }

  /** undefined when there is no place left to wait */
  async run<T>(task: () => Promise<T>): Promise<{ result: T } | undefined> {
    if (this.#running < this.#maxRunning) this.#running += 1
    else if (this.#waiting.length >= this.#maxWaiting) return undefined
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return { result: await task() }
    } finally {
      this.#leave()
    }
  }

  /** hands its place on, so that `#running` stays as it is while somebody waits */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running -= 1
  }
}
