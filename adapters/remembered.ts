interface Entry {
  readonly until: number
  readonly value: Promise<unknown>
}

const MAX_ENTRIES = 10_000

/** What a front read from a provider and may believe for a while; whoever asks meanwhile shares the one question. */
export class Remembered {
  readonly #entries: Map<string, Entry> = new Map()
  readonly #now: () => number

  /** `now` in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  async get<T>(key: string, milliseconds: number, read: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key)
    if (known !== undefined && this.#now() < known.until) {
      try {
        return (await known.value) as T
      } catch {
        // whoever asked may have hung up, which is no answer to anybody else: one more question, shared again
        const next = this.#entries.get(key)
        if (next !== undefined && next !== known) return (await next.value) as T
      }
    }
    const value = read()
    const entry = { until: this.#now() + milliseconds, value }
    this.#keep(key, entry)
    try {
      return await value
    } catch (error) {
      // a failure is not remembered
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    }
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size <= MAX_ENTRIES) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}
