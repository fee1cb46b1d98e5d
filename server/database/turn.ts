import { SQLSTATE, StatementError } from './engine.ts'

interface Waiting<T> {
  readonly who: T
  readonly enter: () => void
  readonly timer: NodeJS.Timeout
}

/** one owner at a time, first come first served, no endless waiting */
export class Turn<T> {
  #owner: T | undefined
  #waiting: Waiting<T>[] = []

  get owner(): T | undefined {
    return this.#owner
  }

  async take(who: T, waitMs: number): Promise<void> {
    if (this.#owner === undefined) {
      this.#owner = who
      return
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one.timer !== timer)
        reject(waitedTooLong(waitMs))
      }, waitMs)
      this.#waiting.push({ who, enter: resolve, timer })
    })
  }

  give(): void {
    const next = this.#waiting.shift()
    this.#owner = next?.who
    if (next === undefined) return
    clearTimeout(next.timer)
    next.enter()
  }
}

function waitedTooLong(waitMs: number): StatementError {
  return new StatementError({
    code: SQLSTATE.lockNotAvailable,
    message: `waited ${waitMs} ms for another transaction to end: inside a transaction use its own executor, not the database`,
  })
}
