import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Budgets, Charge, RecordEntry, Recording } from '../../adapters/ports.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { createBudgets } from '../../server/state/budgets.ts'
import { openTestDatabase } from '../support/database.ts'
import { MemoryApprovals } from '../support/memory-approvals.ts'
import { MemoryBudgets } from '../support/memory-budgets.ts'
import { openBeside } from '../support/processes.ts'
import { expectReached, runs } from './runs.ts'

// Two processes on one database against the counters of one process in memory, which take one call after the other.
let database: OpenDatabase
let processes: OpenDatabase[]

beforeAll(async () => {
  database = await openTestDatabase()
  processes = [await openBeside(database), await openBeside(database)]
})
afterAll(async () => {
  for (const one of processes) if (one !== database) await one.close()
  await database.close()
})

const THINGS = ['ann', 'bob', 'eve', 'kim']
const COUNTERS = [
  { dimension: 'calls', window: 'hour', max: 3 },
  { dimension: 'calls', window: 'day', max: 5 },
  { dimension: 'bytes', window: 'day', max: 100 },
  { dimension: 'distinct', window: 'hour', max: 2 },
  { dimension: 'new', window: 'hour', max: 2 },
  { dimension: 'new', window: 'grant', max: 3 },
] as const

/** what one call is: which counters of which holders it takes from, and how much of each kind */
interface Asked {
  readonly process: number
  readonly counters: readonly { readonly holder: string; readonly index: number }[]
  readonly bytes: number
  readonly things: readonly string[]
}

const asked: fc.Arbitrary<Asked> = fc.record({
  process: fc.nat(1),
  counters: fc
    .subarray(
      ['g', 'b1', 'b2'].flatMap((holder) => COUNTERS.map((_, index) => ({ holder, index }))),
      { minLength: 1, maxLength: 5 },
    )
    // in whatever order
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length })),
  bytes: fc.constantFrom(0, 10, 60, 101),
  things: fc.subarray(THINGS, { minLength: 1, maxLength: 3 }),
})

interface Open {
  readonly charges: readonly Charge[]
  readonly real: Recording
  readonly model: Recording
}

class World {
  readonly run: string
  readonly model: MemoryBudgets = new MemoryBudgets(NO_RECORD, new MemoryApprovals(Date.now))
  readonly charged: Map<string, Charge> = new Map()
  hour = 0
  open: Open[] = []
  made = 0

  constructor(run: string) {
    this.run = run
  }

  real(process: number): Budgets {
    const { db } = processes[process] ?? database
    return createBudgets(db)
  }

  toCharges({ counters, bytes, things }: Asked): Charge[] {
    return counters.map(({ holder, index }) => {
      const { dimension, window, max } = COUNTERS[index] ?? COUNTERS[0]
      const number = dimension === 'calls' ? 1 : bytes
      const isDistinct = dimension === 'distinct' || dimension === 'new'
      const charge: Charge = {
        holder: `${this.run} ${holder}`,
        dimension,
        window,
        period: this.#period(window),
        max,
        amount: isDistinct ? { distinct: things, ever: dimension === 'new' } : number,
        periodEnd: undefined,
        holderEnd: undefined,
      }
      this.charged.set(JSON.stringify([charge.holder, dimension, window, charge.period]), charge)
      return charge
    })
  }

  /** two hours are a day */
  #period(window: string): string {
    if (window === 'grant') return 'grant'
    return `${window} ${window === 'hour' ? this.hour : Math.floor(this.hour / 2)}`
  }

  entry(): RecordEntry {
    this.made++
    return { ...ENTRY, id: `${this.run} ${this.made}` }
  }

  /** every unit is accounted for, in every counter, and none has more than it may */
  async check(): Promise<void> {
    const { rows } = await sql<{ key: string; used: number }>`
      select jsonb_build_array(holder, dimension, time_window, period)::text as key, used
        from budgets where holder like ${`${this.run} %`}
    `.execute(database.db)
    const used = new Map(rows.map((row) => [JSON.stringify(JSON.parse(row.key)), row.used]))
    for (const [key, charge] of this.charged) {
      expect(used.get(key) ?? 0, key).toBe(this.model.usedOf(charge))
      expect(used.get(key) ?? 0).toBeLessThanOrEqual(charge.max)
    }
  }
}

const NO_RECORD = {
  write: async () => Promise.resolve(),
  begin: () => ({ committed: Promise.resolve(), finish: async () => Promise.resolve() }),
}

const ENTRY: RecordEntry = {
  id: '',
  provider: 'gmail',
  at: 0,
  grantId: undefined,
  clientId: undefined,
  operation: undefined,
  request: {},
  facts: undefined,
  decision: 'allow',
  reason: undefined,
  caveat: undefined,
  explanation: undefined,
  lineage: [],
}

const reached = { taken: 0, refused: 0, refusedTogether: 0, givenBack: 0, kept: 0, abandoned: 0 }

/** calls that begin at once: whichever come through, one after the other the same ones would, and the others would not */
class Begin implements fc.AsyncCommand<object, World> {
  readonly calls: readonly Asked[]

  constructor(calls: readonly Asked[]) {
    this.calls = calls
  }

  check(): boolean {
    return true
  }

  async run(_model: object, world: World): Promise<void> {
    const calls = this.calls.map((call) => ({ call, charges: world.toCharges(call) }))
    const began = await Promise.all(
      calls.map(async ({ call, charges }) => {
        const taken = await world.real(call.process).begin(world.entry(), charges)
        return { charges, taken }
      }),
    )
    for (const { charges, taken } of began) {
      if (!taken.ok) continue
      const model = await world.model.begin(ENTRY, charges)
      if (!model.ok) throw new Error('more came through than there was room for')
      world.open.push({ charges, real: taken.recording, model: model.recording })
      reached.taken++
    }
    for (const { charges, taken } of began) {
      if (taken.ok) continue
      expect((await world.model.begin(ENTRY, charges)).ok, 'refused with room left').toBe(false)
      reached[began.length > 1 ? 'refusedTogether' : 'refused']++
    }
    await world.check()
  }

  toString(): string {
    return `begin ${JSON.stringify(this.calls)}`
  }
}

/** several outcomes at once, from whichever process */
class Finish implements fc.AsyncCommand<object, World> {
  readonly outcomes: readonly ('done' | 'failed' | 'unknown')[]

  constructor(outcomes: readonly ('done' | 'failed' | 'unknown')[]) {
    this.outcomes = outcomes
  }

  check(): boolean {
    return true
  }

  async run(_model: object, world: World): Promise<void> {
    const pairs = this.outcomes.flatMap((outcome) => {
      const one = world.open.shift()
      return one === undefined ? [] : [{ one, outcome: { outcome, upstreamStatus: undefined } }]
    })
    await Promise.all(pairs.map(async ({ one, outcome }) => one.real.finish(outcome)))
    for (const { one, outcome } of pairs) {
      await one.model.finish(outcome)
      // an outcome comes once: whoever tells it again gives nothing back
      await expect(one.real.finish({ ...outcome, outcome: 'failed' })).rejects.toThrow()
      reached[outcome.outcome === 'failed' ? 'givenBack' : 'kept']++
    }
    await world.check()
  }

  toString(): string {
    return `finish ${this.outcomes.join()}`
  }
}

/** what is shown is paid for good */
class Spend implements fc.AsyncCommand<object, World> {
  readonly call: Asked

  constructor(call: Asked) {
    this.call = call
  }

  check(): boolean {
    return true
  }

  async run(_model: object, world: World): Promise<void> {
    const charges = world.toCharges(this.call)
    const real = await world.real(this.call.process).spend(charges)
    const model = await world.model.spend(charges)
    expect(real.ok).toBe(model.ok)
    await world.check()
  }

  toString(): string {
    return `spend ${JSON.stringify(this.call)}`
  }
}

/** the process dies: nobody tells what became of its calls */
class Crash implements fc.AsyncCommand<object, World> {
  check(): boolean {
    return true
  }

  async run(_model: object, world: World): Promise<void> {
    reached.abandoned += world.open.length
    world.open = []
    await world.check()
  }

  toString(): string {
    return 'crash'
  }
}

class PassHour implements fc.AsyncCommand<object, World> {
  check(): boolean {
    return true
  }

  async run(_model: object, world: World): Promise<void> {
    world.hour++
    return Promise.resolve()
  }

  toString(): string {
    return 'an hour passes'
  }
}

test('whatever two processes do at once, no counter has more than its limit, and every unit is accounted for', async () => {
  const outcomes = fc.array(fc.constantFrom('done', 'failed', 'unknown'), {
    minLength: 1,
    maxLength: 4,
  })
  const commands = fc.commands(
    [
      asked.map((call) => new Begin([call])),
      fc.array(asked, { minLength: 2, maxLength: 6 }).map((calls) => new Begin(calls)),
      // as often as something begins: a run in which nothing ends accounts for little
      outcomes.map((all) => new Finish(all)),
      outcomes.map((all) => new Finish(all)),
      asked.map((call) => new Spend(call)),
      fc.constant(new Crash()),
      fc.constant(new PassHour()),
    ],
    { maxCommands: 30 },
  )
  let number = 0
  await fc.assert(
    fc.asyncProperty(commands, async (all) => {
      const real = new World(`run ${number++}`)
      await fc.asyncModelRun(() => ({ model: {}, real }), all)
    }),
    runs(80),
  )
  expectReached(reached)
})

test('while calls begin and end at once nobody waits for ever, and what is used is what is held', async () => {
  const world = new World('storm')
  const settled: { readonly charges: readonly Charge[]; readonly outcome: string }[] = []
  const work = async (calls: readonly Asked[]): Promise<void> => {
    for (const [index, call] of calls.entries()) {
      const charges = world.toCharges({ ...call, bytes: 10 }).map((one) => ({ ...one, max: 60 }))
      const taken = await world.real(call.process).begin(world.entry(), charges)
      if (!taken.ok) continue
      const outcome = (['done', 'failed', 'unknown'] as const)[index % 3] ?? 'done'
      await taken.recording.finish({ outcome, upstreamStatus: undefined })
      settled.push({ charges, outcome })
    }
  }
  const calls = fc.sample(asked, { numRuns: 160, seed: 7 })
  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) =>
      work(calls.slice(worker * 20, worker * 20 + 20)),
    ),
  )
  const { rows } = await sql<{
    holder: string
    dimension: string
    time_window: string
    used: number
    members: number
  }>`
    select holder, dimension, time_window, used,
           (select count(*) from budget_members m
             where m.holder = b.holder and m.dimension = b.dimension
               and m.time_window = b.time_window and m.period = b.period) as members
      from budgets b where holder like 'storm %'
  `.execute(database.db)
  expect(rows.length).toBeGreaterThan(10)
  for (const { holder, dimension, time_window: window, used, members } of rows) {
    const held = settled
      .filter(({ outcome }) => outcome !== 'failed')
      .flatMap(({ charges }) => charges)
      .filter(
        (one) => one.holder === holder && one.dimension === dimension && one.window === window,
      )
      .reduce((sum, { amount }) => sum + (typeof amount === 'number' ? amount : 0), 0)
    expect(used).toBe(dimension === 'distinct' || dimension === 'new' ? members : held)
    expect(used).toBeLessThanOrEqual(60)
  }
})
