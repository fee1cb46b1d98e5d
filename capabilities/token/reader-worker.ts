import { Worker } from 'node:worker_threads'
import { CapabilityError } from '../errors.ts'
import type { ReaderReply, ReaderRequest } from './worker.ts'

export interface ReaderWorkerLimits {
  /** wall clock of one request; the library's own limits do not stop a single query */
  readonly requestMs: number
  readonly startMs: number
  /** the library never gives memory back, only the thread's end does */
  readonly maxMemoryBytes: number
  readonly maxRequests: number
}

/**
 * Of the thread's own objects, in MB; the library's memory is bounded by `maxMemoryBytes`. Left to itself a thread takes what
 * the machine has before it collects. One that reaches this ends, and is replaced like any other that died.
 */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 96 }

/** One thread with one instance of the library. Asked one thing at a time; once it is worn it must be replaced. */
export class ReaderWorker {
  readonly #worker: Worker
  readonly #limits: ReaderWorkerLimits
  #answered = 0
  #worn = false
  #settle: ((reply: ReaderReply | undefined) => void) | undefined

  /** resolves when the library is loaded and warm */
  static async start(limits: ReaderWorkerLimits): Promise<ReaderWorker> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'second-reader',
      // the library prints a line when it loads, which would corrupt a protocol on our standard output, and a page per trap
      stdout: true,
      stderr: true,
      env: {},
      resourceLimits: HEAP,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    worker.stdout.resume()
    worker.stderr.resume()
    try {
      await untilReady(worker, limits.startMs)
    } catch (error) {
      await worker.terminate()
      throw error
    }
    return new ReaderWorker(worker, limits)
  }

  private constructor(worker: Worker, limits: ReaderWorkerLimits) {
    this.#worker = worker
    this.#limits = limits
    worker.on('message', (reply: ReaderReply) => this.#finish(reply))
    worker.on('error', () => this.#die())
    worker.on('exit', () => this.#die())
  }

  /** worn: it trapped, timed out, died, has grown too large or has answered enough */
  get isWorn(): boolean {
    return this.#worn
  }

  /** `undefined` when the thread died over it or was ended because time ran out */
  async ask(request: ReaderRequest): Promise<ReaderReply | undefined> {
    if (this.#worn || this.#settle !== undefined) return undefined
    const { promise, resolve } = Promise.withResolvers<ReaderReply | undefined>()
    const timer = setTimeout(() => this.#die(), this.#limits.requestMs)
    this.#settle = resolve
    this.#worker.postMessage(request)
    const reply = await promise
    clearTimeout(timer)
    return reply
  }

  async stop(): Promise<void> {
    this.#die()
    await this.#worker.terminate()
  }

  #finish(reply: ReaderReply): void {
    this.#answered++
    const { maxMemoryBytes, maxRequests } = this.#limits
    this.#worn ||=
      reply.verdict === 'broken' ||
      reply.memoryBytes > maxMemoryBytes ||
      this.#answered >= maxRequests
    this.#release(reply)
  }

  #die(): void {
    this.#worn = true
    this.#release(undefined)
    void this.#worker.terminate()
  }

  #release(reply: ReaderReply | undefined): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(reply)
  }
}

async function untilReady(worker: Worker, startMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (cause: unknown): void =>
    reject(new CapabilityError('reader_not_started', 'the second reader did not start', { cause }))
  const timer = setTimeout(fail, startMs, 'time ran out')
  worker.once('message', () => resolve())
  worker.once('error', fail)
  worker.once('exit', fail)
  try {
    await promise
  } finally {
    clearTimeout(timer)
  }
}
