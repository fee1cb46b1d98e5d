import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Delivery, DeliveryResult, NotificationEvent } from './notification.ts'
import { bury, buryLate, dropSent, postpone, takeDue, type TakenNotification } from './outbox.ts'

export interface SenderOptions {
  readonly db: Kysely<Database>
  readonly log: (event: NotificationEvent) => void
  readonly pollMs?: number
  /** what a delivery may take, in all */
  readonly timeoutMs?: number
  /** what a delivery under way may still take when we stop */
  readonly graceMs?: number
  /** seconds until the next attempt, after so many */
  readonly delaySeconds?: (attempts: number) => number
  readonly maxAttempts?: number
}

export interface RunningSender {
  /** nothing new is begun; what is under way ends, or is left for the next start */
  close(): Promise<void>
}

const DEFAULTS = {
  pollMs: 2_000,
  timeoutMs: 60_000,
  graceMs: 5_000,
  maxAttempts: 8,
  delaySeconds: toDelaySeconds,
}

/** half a minute, then four times as long each time, up to two hours: eight attempts span seven hours */
export function toDelaySeconds(attempts: number): number {
  const delay = Math.min(30 * 4 ** (attempts - 1), 7_200)
  // spread out: what failed together would otherwise come back together
  return delay * (1 + Math.random() * 0.2)
}

/** empties the outbox by one way; any number of processes may run it, and a slow way holds up no other */
export function startSender(delivery: Delivery, options: SenderOptions): RunningSender {
  return new Sender(delivery, options)
}

class Sender implements RunningSender {
  readonly #delivery: Delivery
  readonly #options: Required<SenderOptions>
  readonly #stop = new AbortController()
  readonly #timer: NodeJS.Timeout
  #round: Promise<void> | undefined
  #closing = false
  /** the database is down for many rounds, the log hears of it once */
  #failed = false

  constructor(delivery: Delivery, options: SenderOptions) {
    this.#delivery = delivery
    this.#options = { ...DEFAULTS, ...options }
    this.#timer = setInterval(() => this.#wake(), this.#options.pollMs).unref()
  }

  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    const force = setTimeout(() => this.#stop.abort(), this.#options.graceMs)
    await this.#round
    clearTimeout(force)
    await this.#delivery.close()
  }

  /** one round at a time */
  #wake(): void {
    this.#round ??= this.#run().finally(() => {
      this.#round = undefined
    })
  }

  async #run(): Promise<void> {
    const { db, log } = this.#options
    const { channel } = this.#delivery
    try {
      const late = await buryLate(db, channel)
      if (late > 0) log({ event: 'notifications_too_late', channel, notifications: late })
      let taken: readonly TakenNotification[]
      do {
        taken = this.#closing ? [] : await takeDue(db, channel)
        await allEnded(taken.map(async (one) => this.#send(one)))
      } while (taken.length > 0)
      this.#failed = false
    } catch (error) {
      const text = error instanceof Error ? error.message : 'unknown'
      if (!this.#failed) log({ event: 'notifications_failed', channel, error: text })
      this.#failed = true
    }
  }

  async #send(taken: TakenNotification): Promise<void> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs)
    const signal = AbortSignal.any([timeout, this.#stop.signal])
    await this.#settle(taken, await this.#delivery.deliver(taken, signal))
  }

  async #settle(taken: TakenNotification, result: DeliveryResult): Promise<void> {
    const { db, log, delaySeconds, maxAttempts } = this.#options
    const { channel } = this.#delivery
    const { id, kind, attempts } = taken
    const about = { id, channel, kind, attempts }
    if (result.outcome === 'sent') {
      await dropSent(db, channel, taken)
      return log({ event: 'notification_sent', ...about })
    }
    const { reason } = result
    if (result.isFinal || attempts >= maxAttempts) {
      await bury(db, channel, taken, reason)
      return log({ event: 'notification_dead', ...about, error: reason })
    }
    await postpone(db, channel, taken, { delaySeconds: delaySeconds(attempts), reason })
    log({ event: 'notification_delayed', ...about, error: reason })
  }
}

/** fails as the first one failed, but only when every one has ended */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) {
    if (one.status === 'rejected') throw one.reason
  }
}
