import type { Refusal } from './refusal.ts'
import type { Snapshot, SnapshotResult } from './snapshot.ts'

/** How a provider's clients write many requests as one, and how they read the answers. The pipeline runs what stands in it. */
export interface BatchFormat {
  /** greatest body of the whole */
  readonly maxBodyBytes: number
  /** the address that takes batches */
  isBatch(request: Snapshot): boolean
  /**
   * The requests in the order written. Where it is not beyond doubt where one ends and the next begins, the whole is refused;
   * what is wrong with one alone refuses that one.
   */
  read(batch: Snapshot, origin: string): BatchReading
  write(answers: readonly InnerAnswer[]): { readonly contentType: string; readonly body: Buffer }
}

export type BatchReading =
  | { readonly ok: true; readonly requests: readonly InnerRequest[] }
  | { readonly ok: false; readonly refusal: Refusal }

export interface InnerRequest {
  /** the name by which the client finds the answer */
  readonly contentId: string | undefined
  /** as written, for the record of one that is refused */
  readonly method: string
  readonly path: string
  /** checked as a request of its own is; it carries no credential: the one of the batch was verified */
  readonly asked: SnapshotResult
}

export interface InnerAnswer {
  readonly contentId: string | undefined
  readonly status: number
  readonly decisionId: string
  readonly body: string | Buffer
}

export interface Step<Result> {
  /** waits for all before it, and all behind it wait */
  readonly alone: boolean
  /** INVARIANT: does not reject; the steps beside it would be left without anybody waiting */
  run(): Promise<Result>
}

/** few, so that one batch takes no more of the provider's connections than a handful of clients */
const AT_ONCE = 4

/**
 * Steps that only read run a few at once. One that changes something runs alone, in its place: what a batch does is what the
 * same requests do one after the other, so the second mail is decided knowing the first, and a read behind it sees it.
 */
export async function runInOrder<Result>(steps: readonly Step<Result>[]): Promise<Result[]> {
  const results: Promise<Result>[] = []
  const running = new Set<Promise<Result>>()
  for (const step of steps) {
    if (step.alone) await Promise.all(running)
    else if (running.size >= AT_ONCE) await Promise.race(running)
    const work = step.run().finally(() => running.delete(work))
    running.add(work)
    results.push(work)
    if (step.alone) await work
  }
  return Promise.all(results)
}
