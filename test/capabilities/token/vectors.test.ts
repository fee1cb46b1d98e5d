import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  evaluate,
  SecondReader,
  toFacts,
  verifyToken,
  type Decision,
} from '../../../capabilities/index.ts'
import { readFileSync } from 'node:fs'
import type { Vector, Vectors } from '../../vectors/vector.ts'

const file = new URL('../../vectors/decisions.json', import.meta.url)
const { root_key: rootKey, vectors } = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const publicKey = Buffer.from(rootKey.key_bytes, 'hex')
const rootKeys = {
  find: (id: number | undefined): Uint8Array | undefined =>
    id === rootKey.key_id ? publicKey : undefined,
}

let reader: SecondReader
beforeAll(async () => {
  reader = await SecondReader.start()
})
afterAll(async () => reader.close())

test.each(vectors)('$name: $decision', async (vector) => {
  const result = verifyToken(vector.token, rootKeys)
  if (!result.ok) {
    expect(vector).toMatchObject({
      decision: 'refused',
      reason: result.refusal.reason,
      block: null,
    })
    return
  }
  expect(outcomeOf(evaluate(result.token, vector.facts))).toEqual({
    decision: vector.decision,
    reason: vector.reason,
    block: vector.block,
  })
  expect(await reader.accepts(vector.token, publicKey)).toBe('accepted')
  expect(await reader.authorize(vector.token, publicKey, vector.facts)).toBe(vector.decision)
  if (vector.action !== null && vector.context !== null) {
    expect(toFacts(vector.action, vector.context, result.token.blocks)).toEqual(vector.facts)
  }
})

test('every decision and every reason has a vector', () => {
  const reasons = new Set(vectors.map(({ decision, reason }) => reason ?? decision))
  const all = [
    'allow',
    'bad_signature',
    'caveat',
    'execution',
    'malformed',
    'no_right',
    'not_admitted',
    'too_large',
    'too_many_blocks',
    'unknown_key',
  ]
  expect([...reasons].toSorted()).toEqual(all)
})

function outcomeOf(decision: Decision): Pick<Vector, 'decision' | 'reason' | 'block'> {
  if (decision.allowed) return { decision: 'allow', reason: null, block: null }
  const { denial } = decision
  return {
    decision: 'deny',
    reason: denial.reason,
    block: denial.reason === 'no_right' ? null : denial.block,
  }
}
