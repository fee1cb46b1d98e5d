import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeBlock } from '../../../capabilities/token/block.ts'
import { appendBlock } from '../../../capabilities/token/attenuate.ts'
import { generateRootKey, mintToken } from '../../../capabilities/token/mint.ts'
import { SecondReader } from '../../../capabilities/token/second-reader.ts'
import { SymbolTable } from '../../../capabilities/token/symbols.ts'
import {
  asked,
  binary,
  block,
  boolean,
  branch,
  check,
  date,
  fact,
  granted,
  integer,
} from './builders.ts'
import { predicate, root, set, signed, string, strings, variable } from './builders.ts'
import { appendThirdPartySource, compile, compileLater, GRANTED } from './library.ts'

const { token } = mintToken(block(granted), root)
const key = root.publicKey

/** admission refuses these; here they reach the library, as if admission had missed one */
const numbers = Array.from({ length: 40 }, (_, index) => `f(${index});`).join(' ')
const spinning = signed(
  compile(GRANTED),
  compileLater(
    `${numbers} check if f($a), f($b), f($c), f($d), f($e), $a + $b + $c + $d + $e < 0;`,
  ),
)
const trapping = signed(trapBytes())

/** symbol 2^64-1 in a fact: no number that JavaScript can be told */
function trapBytes(): Uint8Array {
  const plain = encodeBlock(block([...granted, fact('grant', integer(-1))]), new SymbolTable())
  const minusOne = Buffer.from([0x10, ...Array<number>(9).fill(0xff), 0x01])
  const at = Buffer.from(plain).indexOf(minusOne)
  return Buffer.concat([plain.subarray(0, at), Buffer.from([0x18]), plain.subarray(at + 1)])
}

describe('verdicts', () => {
  let reader: SecondReader
  beforeAll(async () => {
    reader = await SecondReader.start()
  })
  afterAll(async () => reader.close())

  test('on signatures', async () => {
    const tampered = `${token.slice(0, 40)}${token[40] === 'A' ? 'B' : 'A'}${token.slice(41)}`
    expect(await reader.accepts(token, key)).toBe('accepted')
    expect(await reader.accepts(token, generateRootKey().publicKey)).toBe('refused')
    expect(await reader.accepts(tampered, key)).toBe('refused')
    expect(await reader.accepts('', key)).toBe('refused')
    expect(await reader.accepts('no token', key)).toBe('refused')
    expect(await reader.accepts(appendThirdPartySource(token, 'note("x");'), key)).toBe('accepted')
  })

  test('on facts of every type', async () => {
    const values = {
      text: string('ed25519/not a key'),
      quoted: string('"); right("mail.delete"); f("\\'),
      number: integer(-5),
      truth: boolean(true),
      moment: date(1_700_000_000),
      words: strings('a', 'ed25519/b'),
      nothing: set(),
      moments: set(date(1), date(2)),
    }
    const limits = Object.entries(values).map(([name, value]) =>
      check(branch([predicate(name, value)])),
    )
    const strict = mintToken(block(granted, ...limits), root).token
    const facts = Object.entries(values).map(([name, value]) => fact(name, value))
    expect(await reader.authorize(strict, key, [...asked, ...facts])).toBe('allow')
    for (const missing of facts) {
      const others = facts.filter((one) => one !== missing)
      expect(await reader.authorize(strict, key, [...asked, ...others])).toBe('deny')
    }
    expect(await reader.authorize(strict, key, facts)).toBe('deny')
  })

  test('a fact that the library would read otherwise is denied, not written', async () => {
    const unwritable = [
      fact('f', string('\ud800')),
      fact('f', integer(0.5)),
      fact('f', integer(2 ** 53)),
      fact('f', date(-1)),
      fact('f', set(integer(1), string('a'))),
      fact('right("mail.delete"); f', integer(1)),
      fact('f', { type: 'integer', value: { set: ['x'] } as unknown as number }),
    ]
    for (const one of unwritable) {
      expect(await reader.authorize(token, key, [...asked, one])).toBe('deny')
    }
    expect(await reader.authorize(token, key, asked)).toBe('allow')
  })

  test('an error while it evaluates is a denial', async () => {
    const limits = check(
      branch([predicate('f', variable('x'))], binary(variable('x'), 'lessThan', integer(1))),
    )
    const strict = appendBlock(token, block([], limits)).token
    expect(await reader.authorize(strict, key, [...asked, fact('f', string('a'))])).toBe('deny')
  })
})

describe('a hostile token', () => {
  test('that spins is ended by the clock; the event loop runs on, and whoever waits is served', async () => {
    await using reader = await SecondReader.start({ requestMs: 500 })
    let ticks = 0
    const ticking = setInterval(() => ticks++, 10)
    const [spun, ...waiting] = await Promise.all([
      reader.authorize(spinning, key, asked),
      reader.authorize(token, key, asked),
      reader.accepts(token, key),
    ])
    clearInterval(ticking)
    expect(spun).toBe('unavailable')
    expect(waiting).toEqual(['allow', 'accepted'])
    expect(ticks).toBeGreaterThan(5)
    expect(await reader.authorize(token, key, asked)).toBe('allow')
  })

  test('that traps costs its own answer and nobody else theirs', async () => {
    await using reader = await SecondReader.start()
    for (let round = 0; round < 2; round++) {
      const verdicts = await Promise.all([
        reader.authorize(trapping, key, asked),
        reader.authorize(token, key, asked),
      ])
      expect(verdicts[0]).not.toBe('allow')
      expect(verdicts[1]).toBe('allow')
    }
  })
})

describe('a worn thread is replaced', () => {
  test.each([
    ['by count', { maxRequests: 1 }],
    ['by memory', { maxMemoryBytes: 1 }],
  ])('%s, without a wrong answer', async (_, options) => {
    await using reader = await SecondReader.start(options)
    const verdicts = await Promise.all(
      Array.from({ length: 4 }, async (_one, index) =>
        reader.authorize(token, key, index % 2 === 0 ? asked : []),
      ),
    )
    expect(verdicts).toEqual(['allow', 'deny', 'allow', 'deny'])
  })
})

describe('waiting', () => {
  test('has a length: more is unavailable at once', async () => {
    await using reader = await SecondReader.start({ maxWaiting: 2 })
    const verdicts = await Promise.all(
      Array.from({ length: 5 }, async () => reader.authorize(token, key, asked)),
    )
    expect(verdicts.filter((verdict) => verdict === 'unavailable')).toHaveLength(2)
    expect(await reader.authorize(token, key, asked)).toBe('allow')
  })

  test('has an end, after which the place is free again', async () => {
    await using reader = await SecondReader.start({ requestMs: 1000, totalMs: 200 })
    const spun = reader.authorize(spinning, key, asked)
    expect(await reader.authorize(token, key, asked)).toBe('unavailable')
    expect(await spun).toBe('unavailable')
  })
})

describe('closing', () => {
  test('answers whatever is asked or waits, and everything after', async () => {
    const reader = await SecondReader.start()
    const pending = [spinning, token, token].map(async (text) => reader.authorize(text, key, asked))
    await reader.close()
    expect(await Promise.all(pending)).toEqual(Array(3).fill('unavailable'))
    expect(await reader.accepts(token, key)).toBe('unavailable')
    await reader.close()
  })

  test('lets the process end, which has said nothing on its standard output', async () => {
    const source = `
      import { SecondReader } from '${new URL('../../../capabilities/token/second-reader.ts', import.meta.url).href}'
      const reader = await SecondReader.start()
      await reader.accepts('x', new Uint8Array(32))
      await reader.close()`
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      source,
    ])
    expect(stdout).toBe('')
  })
})

test('a reader that does not come up says so', async () => {
  await expect(SecondReader.start({ startMs: 1 })).rejects.toMatchObject({
    code: 'reader_not_started',
  })
})
