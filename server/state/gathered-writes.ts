/**
 * What many callers want written at once goes into one statement: each waits for the commit of his own item, and a busy front
 * pays for one commit, not for thirty. The first never waits; what comes during a write goes into the next.
 */
export class GatheredWrites<Item> {
  readonly #write: (items: readonly Item[]) => Promise<void>
  readonly #waiting: Waiting<Item>[] = []
  #isWriting = false

  constructor(write: (items: readonly Item[]) => Promise<void>) {
    this.#write = write
  }

  /** rejects when this very item could not be written */
  add(item: Item): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#waiting.push({ item, done })
    if (!this.#isWriting) void this.#writeAll()
    return done.promise
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0, MAX_GROUP))
    this.#isWriting = false
  }

  async #writeGroup(group: readonly Waiting<Item>[]): Promise<void> {
    try {
      await this.#write(group.map(({ item }) => item))
      for (const { done } of group) done.resolve()
    } catch (error) {
      // an item that the table refuses must not take the others with it
      if (group.length > 1) for (const one of group) await this.#writeGroup([one])
      else group[0]?.done.reject(error)
    }
  }
}

interface Waiting<Item> {
  readonly item: Item
  readonly done: PromiseWithResolvers<void>
}

const MAX_GROUP = 200
