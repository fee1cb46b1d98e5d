import { ReaderWorker, type ReaderWorkerLimits } from './reader-worker.ts'
import type { Fact } from './syntax.ts'
import type { ReaderReply, ReaderRequest } from './worker.ts'

export interface SecondReaderOptions extends Partial<ReaderWorkerLimits> {
  /** how long a request may take in all, waiting included */
  readonly totalMs?: number
  /** requests that may wait; more are answered `unavailable` at once */
  readonly maxWaiting?: number
}

const DEFAULTS: Required<SecondReaderOptions> = {
  requestMs: 1000,
  startMs: 30_000,
  maxMemoryBytes: 64 * 1024 * 1024,
  maxRequests: 20_000,
  totalMs: 10_000,
  maxWaiting: 1000,
}

interface Job {
  readonly request: ReaderRequest
  /** a second call does nothing: the answer, the clock or `close`, whichever is first */
  readonly resolve: (reply: ReaderReply | undefined) => void
}

/**
 * biscuit-wasm's verdict, behind a wall: one thread answers, a warmed spare stands by, and a thread that trapped, hung, grew
 * or served long enough is replaced. `unavailable` is never a denial; the caller answers 503 and the agent tries again.
 *
 * @example
 * await using reader = await SecondReader.start()
 * await reader.authorize(token.text, token.rootPublicKey, facts) // 'allow'
 */
export class SecondReader {
  readonly #options: Required<SecondReaderOptions>
  readonly #waiting: Job[] = []
  #current: ReaderWorker | undefined
  #spare: Promise<ReaderWorker | undefined>
  #working = false
  #closed = false

  static async start(options: SecondReaderOptions = {}): Promise<SecondReader> {
    const settings = { ...DEFAULTS, ...options }
    return new SecondReader(settings, await ReaderWorker.start(settings))
  }

  private constructor(options: Required<SecondReaderOptions>, first: ReaderWorker) {
    this.#options = options
    this.#current = first
    this.#spare = this.#startSpare()
  }

  /** does the library accept the token's signatures? */
  async accepts(
    token: string,
    rootPublicKey: Uint8Array,
  ): Promise<'accepted' | 'refused' | 'unavailable'> {
    const reply = await this.#ask({ token, rootPublicKey })
    if (reply?.verdict === 'no') return 'refused'
    return reply?.verdict === 'yes' ? 'accepted' : 'unavailable'
  }

  /** the library's decision under the front's one policy, on the facts that our evaluator saw */
  async authorize(
    token: string,
    rootPublicKey: Uint8Array,
    facts: readonly Fact[],
  ): Promise<'allow' | 'deny' | 'unavailable'> {
    const reply = await this.#ask({ token, rootPublicKey, facts })
    if (reply?.verdict === 'no') return 'deny'
    return reply?.verdict === 'yes' ? 'allow' : 'unavailable'
  }

  /** ends the threads; whatever waits or is being answered is `unavailable` */
  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#waiting.splice(0)) job.resolve(undefined)
    const spare = this.#spare
    await Promise.all([this.#current?.stop(), spare.then(async (worker) => worker?.stop())])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #ask(request: ReaderRequest): Promise<ReaderReply | undefined> {
    if (this.#closed || this.#waiting.length >= this.#options.maxWaiting) return undefined
    const { promise, resolve } = Promise.withResolvers<ReaderReply | undefined>()
    const timer = setTimeout(resolve, this.#options.totalMs, undefined)
    const job: Job = { request, resolve }
    this.#waiting.push(job)
    void this.#work()
    const reply = await promise
    clearTimeout(timer)
    this.#forget(job)
    return reply
  }

  /** whose time ran out while waiting must not keep the others waiting */
  #forget(job: Job): void {
    const index = this.#waiting.indexOf(job)
    if (index >= 0) this.#waiting.splice(index, 1)
  }

  async #work(): Promise<void> {
    if (this.#working) return
    this.#working = true
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      job.resolve(await this.#answer(job.request))
    }
    this.#working = false
  }

  /** the library sometimes runs out of its own time on nothing: once more, and then it is `unavailable` */
  async #answer(request: ReaderRequest): Promise<ReaderReply | undefined> {
    const reply = await this.#answerOnce(request)
    return reply?.verdict === 'limit' ? this.#answerOnce(request) : reply
  }

  async #answerOnce(request: ReaderRequest): Promise<ReaderReply | undefined> {
    const worker = await this.#findWorker()
    return worker?.ask(request)
  }

  async #findWorker(): Promise<ReaderWorker | undefined> {
    // twice, because a spare may have died while it stood by
    for (let attempt = 0; attempt < 2 && !this.#closed; attempt++) {
      if (this.#current !== undefined && !this.#current.isWorn) break
      void this.#current?.stop()
      this.#current = await this.#spare
      this.#spare = this.#startSpare()
    }
    return this.#current
  }

  async #startSpare(): Promise<ReaderWorker | undefined> {
    if (this.#closed) return undefined
    try {
      return await ReaderWorker.start(this.#options)
    } catch {
      return undefined // whoever needed it is answered `unavailable`, and the next one starts another
    }
  }
}
