import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  attenuate,
  authorize,
  CapabilityError,
  compileGrant,
  generateRootKey,
  mintToken,
  permits,
  SecondReader,
  verifyToken,
  type Capability,
  type Narrowing,
} from '../../capabilities/index.ts'
import {
  actions,
  AUDIENCE,
  capabilities,
  moments,
  narrowings,
  rooms,
} from './vocabulary-arbitraries.ts'
import { expectReached, runs } from './runs.ts'

const root = generateRootKey()
let reader: SecondReader

beforeAll(async () => {
  reader = await SecondReader.start()
})
afterAll(async () => {
  await reader.close()
})

test('the library, our evaluator and the plain meaning give one verdict', async () => {
  let allowed = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(capabilities, { minLength: 1, maxLength: 2 }),
      fc.option(narrowings),
      actions,
      moments,
      rooms,
      async (held, asked, action, now, budgets) => {
        const verified = verifyToken(issue(held, asked), { find: () => root.publicKey })
        if (!verified.ok) throw new Error(verified.refusal.detail)
        const { decision, facts } = authorize(verified.token, action, {
          now,
          audience: AUDIENCE,
          budgets,
        })
        if (asked === null) {
          const meant = held.some((one) => permits(one, action, now, budgets))
          expect(decision.allowed).toBe(meant)
        }
        allowed += Number(decision.allowed)
        const second = await reader.authorize(verified.token.text, root.publicKey, facts)
        expect(second).toBe(decision.allowed ? 'allow' : 'deny')
      },
    ),
    runs(800),
  )
  expectReached({ allowed })
})

function issue(held: Capability[], asked: Narrowing | null): string {
  const block = compileGrant({
    grantId: 'g_1',
    clientId: 'agent',
    audience: AUDIENCE,
    expiresAt: Date.parse('2030-01-01T00:00:00Z') / 1000,
    capabilities: held,
  })
  const { token } = mintToken(block, { id: 1, privateKey: root.privateKey })
  if (asked === null) return token
  try {
    return attenuate(token, [asked])
  } catch (error) {
    expect(error).toBeInstanceOf(CapabilityError)
    return token
  }
}
