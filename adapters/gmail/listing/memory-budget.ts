/** what a mailbox's rows are to the budget they share with those of other mailboxes */
interface Spender {
  forget(): void
}

const IDLE_SECONDS = 900

/** what the rows of all mailboxes may take of memory together; those of the mailbox that was listed longest ago go first */
export class MemoryBudget {
  /** by their last use, oldest first */
  readonly #spenders: Map<Spender, number> = new Map()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** mail that nobody lists any more is not kept */
  use(spender: Spender, now: number): void {
    this.#spenders.delete(spender)
    this.#spenders.set(spender, now)
    for (const [oldest, usedAt] of this.#spenders) {
      if (now - usedAt <= IDLE_SECONDS) break
      this.#spenders.delete(oldest)
      oldest.forget()
    }
  }

  /** `change`: by how many bytes a spender has grown or shrunk */
  count(change: number): void {
    this.#bytes += change
    for (const oldest of this.#spenders.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      oldest.forget()
    }
  }
}

/** one budget for a process, however many fronts it runs */
export const PROCESS_BUDGET: MemoryBudget = new MemoryBudget(64 * 1024 * 1024)
