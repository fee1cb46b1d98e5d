import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  compileAttenuation,
  compileGrant,
  evaluate,
  inherit,
  intersect,
  parseCapabilities,
  parseNarrowing,
  permits,
  subsumes,
  toFacts,
  within,
  findExcess,
  CapabilityError,
  type Block,
  type Budgets,
  type Capability,
  type Action,
} from '../../capabilities/index.ts'
import { readGrant } from '../../capabilities/decompile.ts'
import { gmail } from '../../capabilities/vocabulary/gmail.ts'
import { alternativesIn } from '../../capabilities/vocabulary/vocabularies.ts'
import { prepare } from '../../capabilities/token/program.ts'
import { RESERVED_FACTS } from '../../capabilities/vocabulary/reserved.ts'
import {
  actions,
  AUDIENCE,
  capabilities,
  moments,
  narrowings,
  rooms,
} from './vocabulary-arbitraries.ts'
import { expectReached, runs } from './runs.ts'

const RUNS = runs(1500)
const grants = fc.array(capabilities, { minLength: 1, maxLength: 3 })

function manyOf<T>(arbitrary: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { minLength: length, maxLength: length })
}

function grant(held: readonly Capability[]): Block {
  return compileGrant({
    grantId: 'g_1',
    clientId: 'agent',
    audience: AUDIENCE,
    expiresAt: Date.parse('2030-01-01T00:00:00Z') / 1000,
    capabilities: held,
  })
}

function allows(
  blocks: readonly Block[],
  action: Action,
  now: number,
  budgets: Budgets = 'assumed',
  approved = false,
): boolean {
  const facts = toFacts(action, { now, audience: AUDIENCE, budgets, approved }, blocks)
  return evaluate({ program: prepare(blocks) }, facts).allowed
}

test('the plain meaning of a grant is what its token allows', () => {
  let [allowed, full, asked] = [0, 0, 0]
  fc.assert(
    fc.property(grants, actions, moments, rooms, (held, action, now, budgets) => {
      // an action that fits is rare, and one that then finds no room rarer: each is tried with nothing taken for it too
      for (const room of [budgets, []]) {
        const meant = held.some((one) => permits(one, action, now, room))
        allowed += Number(meant)
        if (!meant) full += Number(held.some((one) => permits(one, action, now)))
        expect(allows([grant(held)], action, now, room)).toBe(meant)
        const said = held.some((one) => permits(one, action, now, room, true))
        if (!meant) asked += Number(said)
        expect(allows([grant(held)], action, now, room, true)).toBe(said)
      }
    }),
    runs(4000),
  )
  // a property that nearly always says no proves little
  expectReached({ allowed, full, asked })
})

test('what subsumes another permits all that the other permits', () => {
  let covered = 0
  fc.assert(
    fc.property(
      capabilities,
      narrowings,
      manyOf(actions, 4),
      moments,
      (wider, asked, tries, now) => {
        for (const narrower of inheritIfInside(asked, wider)) {
          expect(subsumes(wider, narrower)).toBe(true)
          for (const action of tries) {
            // with her yes, and without it: what is derived never does unasked what its source asks for
            for (const approved of [false, true]) {
              if (!permits(narrower, action, now, 'assumed', approved)) continue
              covered++
              expect(permits(wider, action, now, 'assumed', approved)).toBe(true)
            }
          }
        }
      },
    ),
    runs(4000),
  )
  expectReached({ covered })
})

test('of any two capabilities, the subsumed one permits nothing more', () => {
  let covered = 0
  fc.assert(
    fc.property(manyOf(capabilities, 30), manyOf(actions, 20), moments, (many, tries, now) => {
      const pairs = many.flatMap((wider) => many.map((narrower) => ({ wider, narrower })))
      for (const { wider, narrower } of pairs) {
        if (wider === narrower || !subsumes(wider, narrower)) continue
        for (const approved of [false, true]) {
          const does = (one: Capability, action: Action): boolean =>
            permits(one, action, now, 'assumed', approved)
          const permitted = tries.filter((action) => does(narrower, action))
          covered += permitted.length
          expect(permitted.filter((action) => !does(wider, action))).toEqual([])
        }
      }
    }),
    runs(30),
  )
  expectReached({ covered })
})

test('a capability subsumes itself, and findExcess and within agree', () => {
  fc.assert(
    fc.property(capabilities, grants, (one, held) => {
      expect(subsumes(one, one)).toBe(true)
      expect(within([one], held)).toBe(findExcess(one, held) === undefined)
    }),
    RUNS,
  )
})

test('an intersection permits only what both sides permit', () => {
  let common = 0
  fc.assert(
    fc.property(grants, grants, actions, moments, (wanted, granted, action, now) => {
      const both = intersect(wanted, granted)
      common += both.length
      for (const approved of [false, true]) {
        const does = (list: readonly Capability[]): boolean =>
          list.some((one) => permits(one, action, now, 'assumed', approved))
        if (!does(both)) continue
        expect(does(wanted)).toBe(true)
        expect(does(granted)).toBe(true)
      }
    }),
    runs(1000),
  )
  expectReached({ common })
})

test('a grant reads back from its block as it was', () => {
  fc.assert(
    fc.property(capabilities, (one) => {
      const expected = alternativesIn(one).map(({ type, action, conditions }) => ({
        type,
        actions: [action],
        ...conditions,
      }))
      expect(readGrant(grant([one]))).toEqual(expected)
    }),
    RUNS,
  )
})

test('an attenuated token allows nothing that its parent refuses', () => {
  fc.assert(
    fc.property(
      grants,
      fc.array(narrowings, { minLength: 1, maxLength: 3 }),
      actions,
      moments,
      (held, asked, action, now) => {
        const [parent, child] = [grant(held), compileAttenuation(asked)]
        for (const approved of [false, true]) {
          if (!allows([parent, child], action, now, 'assumed', approved)) continue
          expect(allows([parent], action, now, 'assumed', approved)).toBe(true)
        }
      },
    ),
    RUNS,
  )
})

test('an attenuated token allows what the inherited capabilities permit', () => {
  let inherited = 0
  fc.assert(
    fc.property(capabilities, narrowings, actions, moments, (held, asked, action, now) => {
      const children = inheritIfInside(asked, held)
      inherited += children.length
      if (children.length === 0) return
      const blocks = [grant([held]), compileAttenuation([asked])]
      for (const approved of [false, true]) {
        const meant = children.some((one) => permits(one, action, now, 'assumed', approved))
        expect(allows(blocks, action, now, 'assumed', approved)).toBe(meant)
      }
    }),
    runs(1000),
  )
  expectReached({ inherited })
})

test('no missing fact turns a refusal into an allowance', () => {
  fc.assert(
    fc.property(grants, narrowings, actions, moments, (held, asked, action, now) => {
      const blocks = [grant(held), compileAttenuation([asked])]
      const program = prepare(blocks)
      const context = { now, audience: AUDIENCE, budgets: 'assumed' as const, approved: true }
      const facts = toFacts(action, context, blocks)
      if (evaluate({ program }, facts).allowed) return
      for (const missing of facts) {
        const rest = facts.filter((one) => one !== missing)
        expect(evaluate({ program }, rest).allowed).toBe(false)
      }
    }),
    RUNS,
  )
})

test('every fact is asserted once', () => {
  fc.assert(
    fc.property(grants, narrowings, actions, moments, (held, asked, action, now) => {
      const blocks = [grant(held), compileAttenuation([asked])]
      const facts = toFacts(action, { now, audience: AUDIENCE, budgets: 'assumed' }, blocks).map(
        (one) => JSON.stringify(one),
      )
      expect(new Set(facts).size).toBe(facts.length)
    }),
    RUNS,
  )
})

test('an operation that no vocabulary names is refused', () => {
  fc.assert(
    fc.property(grants, actions, moments, fc.string(), (held, action, now, name) => {
      const blocks = [grant(held)]
      const facts = toFacts(action, { now, audience: AUDIENCE, budgets: 'assumed' }, blocks).filter(
        ({ name }) => name !== 'op',
      )
      const operation = {
        name: 'op',
        terms: [{ type: 'string' as const, value: `gmail.${name}!` }],
      }
      expect(evaluate({ program: prepare(blocks) }, [...facts, operation]).allowed).toBe(false)
    }),
    RUNS,
  )
})

function inheritIfInside(asked: Capability, held: Capability): Capability[] {
  try {
    return inherit([asked], [held])
  } catch (error) {
    expect(error).toBeInstanceOf(CapabilityError)
    return []
  }
}

test('a caveat about a fact that no front asserts refuses', () => {
  const unknown = fc
    .stringMatching(/^[a-z][a-z0-9_:]{0,20}$/)
    .filter((name) => !RESERVED_FACTS.includes(name))
  fc.assert(
    fc.property(grants, actions, moments, unknown, (held, action, now, name) => {
      const predicates = [{ name, terms: [{ type: 'variable' as const, name: 'x' }] }]
      const caveat = { facts: [], checks: [{ queries: [{ predicates, expressions: [] }] }] }
      expect(allows([grant(held), caveat], action, now)).toBe(false)
    }),
    runs(1500),
  )
})

test('a fact that no vocabulary names changes nothing', () => {
  fc.assert(
    fc.property(grants, actions, moments, fc.string(), (held, action, now, name) => {
      const blocks = [grant(held)]
      const facts = toFacts(action, { now, audience: AUDIENCE, budgets: 'assumed' }, blocks)
      const unknown = { name: `x_${name}`, terms: [{ type: 'boolean' as const, value: true }] }
      const program = prepare(blocks)
      expect(evaluate({ program }, [...facts, unknown])).toEqual(evaluate({ program }, facts))
    }),
    runs(1500),
  )
})

test('a field that the vocabulary does not have is refused, in a grant and in an attenuation', () => {
  const known = gmail.entrySchema instanceof z.ZodObject ? Object.keys(gmail.entrySchema.shape) : []
  expect(known).toContain('actions')
  const strange = fc.oneof(
    fc.constantFrom('bcc', 'Labels', 'label', 'recipient', '__proto__', 'constructor', 'toString'),
    fc.stringMatching(/^[a-z_]{1,12}$/).filter((name) => ![...known, 'approval'].includes(name)),
  )
  fc.assert(
    fc.property(capabilities, strange, fc.jsonValue(), (one, name, value) => {
      const json = JSON.parse(JSON.stringify(one)) as object
      const stranger = Object.defineProperty({ ...json }, name, { value, enumerable: true })
      for (const parse of [parseCapabilities, parseNarrowing]) {
        expect(() => parse([stranger])).toThrow(CapabilityError)
      }
    }),
    runs(1500),
  )
})
