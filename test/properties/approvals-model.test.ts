import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApprovalRequest, Recording } from '../../adapters/ports.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { createApprovals, decideApproval } from '../../server/state/approvals.ts'
import { createBudgets } from '../../server/state/budgets.ts'
import { revokeGrant } from '../../server/state/revoke.ts'
import { openTestDatabase } from '../support/database.ts'
import { openBeside } from '../support/processes.ts'
import { expectReached, runs } from './runs.ts'

// Two processes on one database. What happens at once is not put into an order here; what must hold in any order is.
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

const digest = fc.constantFrom('a', 'a', 'a', 'b')
const happening = fc.record({
  process: fc.nat(1),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), digest }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('decide' as const),
        nth: fc.nat(3),
        status: fc.constantFrom('approved' as const, 'approved' as const, 'denied' as const),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('use' as const), digest }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('finish' as const),
        outcome: fc.constantFrom(
          'done' as const,
          'failed' as const,
          'failed' as const,
          'unknown' as const,
        ),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), digest }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const) }) },
  ),
})
type Happening = typeof happening extends fc.Arbitrary<infer One> ? One : never

const reached = {
  usedOnce: 0,
  usedByAnother: 0,
  usedAgainAfterFailure: 0,
  decidedByAnother: 0,
  toldNo: 0,
  refusedAsRevoked: 0,
  refusedAsExpired: 0,
}

class World {
  readonly grantId: string
  /** newest last */
  ids: string[] = []
  readonly approved: Set<string> = new Set()
  readonly decided: Set<string> = new Set()
  /** calls that hold the approval: begun, and not failed */
  readonly held: Map<string, number> = new Map()
  readonly failed: Set<string> = new Set()
  readonly final: Map<string, string> = new Map()
  open: { id: string; recording: Recording }[] = []
  expired: Set<string> = new Set()
  isRevoked = false
  made = 0

  constructor(grantId: string) {
    this.grantId = grantId
  }

  async run(all: readonly Happening[]): Promise<void> {
    const [wasRevoked, wereExpired] = [this.isRevoked, new Set(this.expired)]
    await Promise.all(
      all.map(async ({ process, what }) => {
        const { db } = processes[process] ?? database
        if (what.kind === 'ask') {
          const asked = await createApprovals(db)
            .ask(this.#request(what.digest))
            .catch(() => undefined)
          if (wasRevoked) expect(asked, 'asked under a revoked grant').toBeUndefined()
          if (asked === undefined || asked === 'too_many') return
          if (!this.ids.includes(asked.id)) this.ids.push(asked.id)
          if (asked.status === 'denied') reached.toldNo++
        }
        if (what.kind === 'decide') {
          const id = this.ids.at(-1 - what.nth)
          if (id === undefined) return
          const { status } = what
          const won = await decideApproval(db, { id, buyerId: 'b_1', status, by: 'buyer' })
          if (!won) {
            if (this.decided.has(id)) reached.decidedByAnother++
            return
          }
          expect(wasRevoked, 'decided under a revoked grant').toBe(false)
          expect(this.decided.has(id), 'decided twice').toBe(false)
          this.decided.add(id)
          if (status === 'approved') this.approved.add(id)
        }
        if (what.kind === 'use') await this.#use(process, what.digest, wasRevoked, wereExpired)
        if (what.kind === 'finish') {
          const one = this.open.shift()
          if (one === undefined) return
          // before it is given back nobody else can have it
          if (what.outcome === 'failed') {
            this.held.set(one.id, (this.held.get(one.id) ?? 0) - 1)
            this.failed.add(one.id)
          }
          await one.recording.finish({ outcome: what.outcome, upstreamStatus: undefined })
        }
        if (what.kind === 'expire') {
          const { rows } = await sql<{ id: string }>`
            update approvals set expires_at = now() - interval '1 second'
             where grant_id = ${this.grantId} and digest = ${what.digest} and live returning id
          `.execute(db)
          for (const { id } of rows) this.expired.add(id)
        }
        if (what.kind === 'revoke') {
          await revokeGrant(db, this.grantId, 'test')
          this.isRevoked = true
        }
      }),
    )
    await this.check()
  }

  async #use(
    process: number,
    wanted: string,
    wasRevoked: boolean,
    wereExpired: ReadonlySet<string>,
  ): Promise<void> {
    const { db } = processes[process] ?? database
    // what a front found a moment ago, and what it would find if it did not look at all
    const given = await createApprovals(db).findGiven(this.grantId, wanted)
    const id = given?.id ?? this.ids.at(-1)
    if (id === undefined) return
    this.made++
    const entry = { ...ENTRY, id: `${this.grantId} ${this.made}`, grantId: this.grantId }
    const begun = await createBudgets(db).begin(entry, [], { approvalId: id })
    if (!begun.ok) {
      if (wasRevoked && this.approved.has(id)) reached.refusedAsRevoked++
      else if (wereExpired.has(id) && this.approved.has(id)) reached.refusedAsExpired++
      else if (this.approved.has(id) && (this.held.get(id) ?? 0) > 0) reached.usedByAnother++
      return
    }
    expect(wasRevoked, 'used under a revoked grant').toBe(false)
    expect(wereExpired.has(id), 'used after its end').toBe(false)
    const held = (this.held.get(id) ?? 0) + 1
    expect(held, 'used by two calls').toBe(1)
    this.held.set(id, held)
    this.open.push({ id, recording: begun.recording })
    reached[this.failed.has(id) ? 'usedAgainAfterFailure' : 'usedOnce']++
  }

  async check(): Promise<void> {
    const { rows } = await sql<{ id: string; digest: string; status: string; live: boolean }>`
      select id, digest, status, live from approvals where grant_id = ${this.grantId}
    `.execute(database.db)
    for (const { id, status } of rows) {
      const before = this.final.get(id)
      if (before !== undefined) expect(status, 'a final status has changed').toBe(before)
      if (status !== 'pending') this.final.set(id, status)
      expect(status === 'approved').toBe(this.approved.has(id))
      if ((this.held.get(id) ?? 0) > 0)
        expect(this.approved.has(id), 'used without a yes').toBe(true)
    }
    for (const wanted of ['a', 'b']) {
      const live = rows.filter((row) => row.live && row.digest === wanted)
      expect(live.length).toBeLessThanOrEqual(1)
    }
  }

  #request(wanted: string): ApprovalRequest {
    return {
      grantId: this.grantId,
      clientId: 'agent',
      provider: 'gmail',
      operation: 'gmail.messages.send',
      decisionId: 'd_1',
      digest: wanted,
      card: { title: 'Send a mail', rows: [] },
    }
  }
}

const ENTRY = {
  id: '',
  provider: 'gmail',
  at: 0,
  clientId: undefined,
  operation: undefined,
  request: {},
  facts: undefined,
  decision: 'allow',
  reason: undefined,
  caveat: undefined,
  explanation: undefined,
  lineage: [],
} as const

/** without a yes little of interest happens */
const GIVEN: readonly Happening[] = [
  { process: 0, what: { kind: 'ask', digest: 'a' } },
  { process: 1, what: { kind: 'decide', nth: 0, status: 'approved' } },
]

let grants = 0

test('an approval is final once, used once, and good for nothing when it is over or its grant is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(happening, { minLength: 1, maxLength: 6 }), {
        minLength: 1,
        maxLength: 12,
      }),
      async (batches) => {
        const grantId = `g_model_${++grants}`
        await database.db
          .insertInto('grants')
          .values({
            id: grantId,
            buyer_id: 'b_1',
            client_id: 'agent',
            authorization_details: '[]',
            payload: '{}',
          })
          .execute()
        const world = new World(grantId)
        for (const one of GIVEN) await world.run([one])
        for (const batch of batches) await world.run(batch)
      },
    ),
    runs(150),
  )
  expectReached(reached)
}, 240_000)
