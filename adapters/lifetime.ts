import type { ServerResponse } from 'node:http'

export interface Abortable {
  abort(): void
}

/** how long somebody waits for an answer; upstream work ends with it */
export interface Lifetime {
  readonly ended: boolean
  add(work: Abortable): void
  delete(work: Abortable): void
}

/**
 * The client's patience: ends when its connection closes, at whatever stage. Without it a client that hangs up leaves an
 * upstream connection waiting for somebody to read, and a few bursts of that empty the pool.
 */
export class ClientLifetime implements Lifetime {
  ended = false
  readonly #work: Set<Abortable> = new Set()

  constructor(response: ServerResponse) {
    if (response.destroyed) this.ended = true
    else response.once('close', () => this.#end())
  }

  add(work: Abortable): void {
    if (this.ended) work.abort()
    else this.#work.add(work)
  }

  delete(work: Abortable): void {
    this.#work.delete(work)
  }

  #end(): void {
    this.ended = true
    for (const work of this.#work) work.abort()
    this.#work.clear()
  }
}

/** an effect under way is seen to its end, so that its outcome is known; only the upstream timeouts bound it */
export const UNTIL_DONE: Lifetime = { ended: false, add: () => undefined, delete: () => undefined }
