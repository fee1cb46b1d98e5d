import type { RecordEntry, RecordOutcome } from '../../adapters/ports.ts'
import { toOutcomeJson, toRecordJson } from './record-json.ts'

/** one call's record on its way to the table: its intent, and then or together with it its outcome */
export class RecordRow {
  readonly id: string
  readonly queuedAt: number
  /** somebody waits for it */
  urgent = false
  #entry: RecordEntry
  readonly #inserting = Promise.withResolvers<void>()
  readonly #finishing = Promise.withResolvers<void>()
  #taken = false
  #outcome: RecordOutcome | undefined
  #finishedAt: number | undefined

  constructor(entry: RecordEntry, queuedAt: number) {
    this.id = entry.id
    this.queuedAt = queuedAt
    this.#entry = entry
    // whoever waits is told; a promise that nobody asked for must not end the process
    this.inserted.catch(() => undefined)
    this.finished.catch(() => undefined)
  }

  get inserted(): Promise<void> {
    return this.#inserting.promise
  }

  get finished(): Promise<void> {
    return this.#finishing.promise
  }

  /** true when the outcome goes into the same row with the intent */
  complete(outcome: RecordOutcome, finishedAt: number, decided?: RecordEntry): boolean {
    if (this.#outcome !== undefined)
      throw new Error(`the record \`${this.id}\` already has an outcome`)
    this.#outcome = outcome
    if (decided !== undefined) this.#entry = decided
    this.#finishedAt = finishedAt
    return !this.#taken
  }

  /** from here on an outcome comes too late for the row */
  takeJson(): string {
    this.#taken = true
    return toRecordJson(this.#entry, this.#outcome, this.#finishedAt)
  }

  outcomeJson(): string {
    if (this.#outcome === undefined || this.#finishedAt === undefined) {
      throw new Error(`the record \`${this.id}\` has no outcome`)
    }
    return toOutcomeJson(this.#entry, this.#outcome, this.#finishedAt)
  }

  markInserted(): void {
    this.#inserting.resolve()
  }

  markFinished(): void {
    this.#finishing.resolve()
  }

  fail(error: Error): void {
    this.#taken = true
    this.#inserting.reject(error)
    this.#finishing.reject(error)
  }
}
