import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { admitBlocks } from '../../capabilities/token/admission.ts'
import {
  decodeEnvelope,
  encodeEnvelope,
  revocationIdsOf,
  type Envelope,
} from '../../capabilities/token/envelope.ts'
import { evaluate } from '../../capabilities/token/evaluate.ts'
import { prepare } from '../../capabilities/token/program.ts'
import { attempt } from '../../capabilities/token/refusal.ts'
import { isAuthentic } from '../../capabilities/token/signatures.ts'
import type { Block, Fact } from '../../capabilities/token/syntax.ts'
import { fact, string } from '../capabilities/token/builders.ts'
import { compile } from '../capabilities/token/library.ts'

/**
 * The sample tokens of the Biscuit specification: `samples/current` of its repository, named by `BISCUIT_SAMPLES`. They are
 * not ours to copy, so they are not here.
 */
interface Samples {
  readonly root_public_key: string
  readonly testcases: readonly {
    readonly title: string
    readonly filename: string
    readonly validations: Readonly<Record<string, Validation>>
  }[]
}

interface Validation {
  readonly result: { readonly Ok?: number; readonly Err?: Readonly<Record<string, unknown>> }
  readonly authorizer_code: string
  readonly revocation_ids: readonly string[]
}

/** how far our reader goes with a sample, and that it is right as far as it goes */
type Outcome = 'decided' | 'refused' | `outside: ${string}`

const folder = process.env['BISCUIT_SAMPLES']
if (folder === undefined) {
  console.warn('skipped: the Biscuit sample vectors; set BISCUIT_SAMPLES to their folder')
}

test.skipIf(folder === undefined)('the sample vectors of the specification', () => {
  const at = folder ?? ''
  const samples = JSON.parse(readFileSync(join(at, 'samples.json'), 'utf8')) as Samples
  const root = Buffer.from(samples.root_public_key, 'hex')
  const rows = samples.testcases.flatMap(({ title, filename, validations }) =>
    Object.entries(validations).map(([name, validation]) => {
      const outcome = read(readFileSync(join(at, filename)), root, validation)
      return { sample: `${filename} ${title}${name && `, ${name}`}`, outcome }
    }),
  )
  for (const { sample, outcome } of rows) console.log(`${outcome.padEnd(60)} ${sample}`)
  const counts = Object.groupBy(rows, ({ outcome }) => outcome.split(':')[0] ?? '')
  console.log(
    Object.entries(counts)
      .map(([kind, found]) => `${kind}: ${found?.length}`)
      .join(', '),
  )
  expect(rows.length).toBeGreaterThan(0)
})

function read(bytes: Buffer, root: Uint8Array, validation: Validation): Outcome {
  const isWellSigned = validation.result.Err?.['Format'] === undefined
  const decoded = attempt(() => decodeEnvelope(bytes))
  if (!decoded.ok) {
    if (decoded.refusal.reason === 'not_admitted') return `outside: ${decoded.refusal.detail}`
    expect(isWellSigned, decoded.refusal.detail).toBe(false)
    return 'refused'
  }
  expect(Buffer.from(encodeEnvelope(decoded.value)).equals(bytes)).toBe(true)
  expect(isAuthentic(decoded.value, root)).toBe(isWellSigned)
  if (!isWellSigned) return 'refused'
  expect(revocationIdsOf(decoded.value)).toEqual(validation.revocation_ids)
  return decide(decoded.value, validation)
}

function decide(envelope: Envelope, { authorizer_code: code, result }: Validation): Outcome {
  const admitted = attempt(() => admitBlocks(envelope.blocks))
  if (!admitted.ok) {
    return `outside: ${admitted.refusal.detail.replace(/: not admitted, only.*/, '')}`
  }
  if (!/(^|\n)allow if true;\n$/.test(code)) return 'outside: an authorizer with another policy'
  const source = code.replace(/allow if true;\n$/, '').trim()
  // what an authorizer says is read like a block: its facts are a request's, and its checks see what those of block 0 see
  const authorizer = attempt(
    () => admitBlocks(source === '' ? [] : [{ payload: compile(source) }]).blocks[0],
  )
  const said: Block | undefined = authorizer.ok ? authorizer.value : undefined
  if (said === undefined && source !== '') return 'outside: an authorizer that is no block of ours'
  expect(isAllowed(admitted.value.blocks, said)).toBe(result.Ok !== undefined)
  return 'decided'
}

function isAllowed(blocks: readonly Block[], said: Block | undefined): boolean {
  const [authority, ...later] = blocks
  if (authority === undefined) return false
  const first = { ...authority, checks: [...authority.checks, ...(said?.checks ?? [])] }
  // our one policy instead of `allow if true`
  const policy: Fact[] = ['op', 'right', 'grant'].map((name) => fact(name, string('samples')))
  const facts = [...policy, ...(said?.facts ?? [])]
  return evaluate({ program: prepare([first, ...later]) }, facts).allowed
}
