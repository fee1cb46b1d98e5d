import type {
  BeginOptions,
  Budgets,
  Charge,
  Counter,
  KnownCall,
  NotBegun,
  RecordEntry,
  Recorder,
  Recording,
  Taken,
} from '../../adapters/ports.ts'
import type { MemoryApprovals } from './memory-approvals.ts'

/** the counters of one process, one call after the other: what the ones on the database must come to */
export class MemoryBudgets implements Budgets {
  failing = false
  readonly #record: Recorder
  readonly #used: Map<string, number> = new Map()
  readonly #members: Map<string, { uses: number; sure: boolean }> = new Map()

  readonly #approvals: MemoryApprovals

  constructor(record: Recorder, approvals: MemoryApprovals) {
    this.#record = record
    this.#approvals = approvals
  }

  begin(
    entry: RecordEntry,
    charges: readonly Charge[],
    { approvalId }: BeginOptions = {},
  ): Promise<Taken<{ recording: Recording }> | NotBegun> {
    const taken = this.#take(charges)
    if (!taken.ok) return taken.outcome
    if (approvalId !== undefined && !this.#approvals.use(approvalId)) {
      taken.giveBack()
      return Promise.resolve({ ok: false, approval: 'gone' })
    }
    const recording = this.#record.begin(entry)
    const finish: Recording['finish'] = async (outcome, decided) => {
      await recording.finish(outcome, decided)
      if (outcome.outcome === 'failed') {
        taken.giveBack()
        if (approvalId !== undefined) this.#approvals.giveBack(approvalId)
      }
      if (outcome.outcome === 'done') taken.keep()
    }
    return Promise.resolve({
      ok: true,
      recording: { committed: recording.committed, finish },
    })
  }

  /** keys are the database's: tests of them use it */
  findCall(): Promise<KnownCall | undefined> {
    return Promise.resolve(undefined)
  }

  settleDone(): Promise<void> {
    return Promise.resolve()
  }

  spend(charges: readonly Charge[]): Promise<Taken<object>> {
    const taken = this.#take(charges)
    return taken.ok ? Promise.resolve({ ok: true }) : taken.outcome
  }

  usedOf(counter: Counter): number {
    return this.#used.get(keyOf(counter)) ?? 0
  }

  #take(
    charges: readonly Charge[],
  ):
    | { readonly ok: true; keep(this: void): void; giveBack(this: void): void }
    | { readonly ok: false; readonly outcome: Promise<Extract<Taken<object>, { ok: false }>> } {
    if (this.failing) return { ok: false, outcome: Promise.reject(new Error('no database')) }
    const priced = charges.map((charge) => {
      const key = keyOf(charge)
      const { amount } = charge
      const things = typeof amount === 'number' ? [] : this.#unsure(charge, amount)
      const fresh = things.filter((thing) => !this.#members.has(thing))
      return { charge, key, things, asked: typeof amount === 'number' ? amount : fresh.length }
    })
    for (const { charge, key, asked } of priced) {
      const used = this.#used.get(key) ?? 0
      if (asked > 0 && used + asked > charge.max) {
        return { ok: false, outcome: Promise.resolve({ ok: false, charge, used, asked }) }
      }
    }
    for (const { key, things, asked } of priced) {
      this.#add(key, asked)
      for (const thing of things) {
        const { uses = 0 } = this.#members.get(thing) ?? {}
        this.#members.set(thing, { uses: uses + 1, sure: false })
      }
    }
    return {
      ok: true,
      keep: () => {
        for (const { charge, things } of priced) {
          if (typeof charge.amount === 'number' || !charge.amount.ever) continue
          for (const thing of things) this.#members.set(thing, { uses: 1, sure: true })
        }
      },
      giveBack: () => {
        for (const { charge, key, things, asked } of priced) {
          if (typeof charge.amount === 'number') this.#add(key, -asked)
          for (const thing of things) this.#add(key, -this.#release(thing))
        }
      },
    }
  }

  /** the things of a charge that may still cost something */
  #unsure(charge: Charge, amount: Exclude<Charge['amount'], number>): string[] {
    const { holder, dimension, window, period } = charge
    return [...new Set(amount.distinct)].flatMap((thing) => {
      const own = JSON.stringify([holder, dimension, window, thing])
      const isKnown = [...this.#members].some(
        ([member, { sure }]) => sure && member.startsWith(`${own} `),
      )
      return amount.ever && isKnown ? [] : [`${own} ${period}`]
    })
  }

  /** how many of one thing go: one, when nobody else counts on it */
  #release(thing: string): number {
    const known = this.#members.get(thing)
    if (known === undefined || known.sure) return 0
    known.uses--
    if (known.uses > 0) return 0
    this.#members.delete(thing)
    return 1
  }

  #add(key: string, amount: number): void {
    this.#used.set(key, (this.#used.get(key) ?? 0) + amount)
  }
}

function keyOf({ holder, dimension, window, period }: Counter): string {
  return JSON.stringify([holder, dimension, window, period])
}
