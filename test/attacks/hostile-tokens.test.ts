import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytesField, varintField } from '../../capabilities/token/protobuf.ts'
import { ReaderWorker } from '../../capabilities/token/reader-worker.ts'
import { extendEnvelope } from '../../capabilities/token/signatures.ts'
import { writeTokenText } from '../../capabilities/token/token-text.ts'
import { asked, root, signed } from '../capabilities/token/builders.ts'
import { appendSource, buildToken, envelopeOf, GRANTED } from '../capabilities/token/library.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

/**
 * What a holder can append to a valid token, offline and validly signed, to stop whoever reads it. Each was seen to do what
 * its name says when the library reads it without admission in front.
 */
const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ')
const facts = times(40, (index) => `f(${index});`)

const killers: [string, reason: string, string | Uint8Array][] = [
  [
    'a five-way join over 40 facts, which runs for minutes',
    'not_admitted',
    `${facts} check if f($a), f($b), f($c), f($d), f($e), $a + $b + $c + $d + $e < 0;`,
  ],
  [
    'the same join of admitted operators only',
    'not_admitted',
    `${facts} check if f($a), f($b), f($c), f($d), f($e), $a < $b, $b < $a;`,
  ],
  [
    'a bounded repeat in a regular expression over 60 facts, which takes gigabytes of steps',
    'not_admitted',
    `${times(60, (index) => `f("${'a'.repeat(10)}${index}");`)} check if f($a), $a.matches("((a{1,100}){1,100}){1,10}b");`,
  ],
  [
    'symbol 2^64-1, which traps the library and in the end ends the process',
    'malformed',
    Buffer.concat([
      varintField(3, 3),
      bytesField(
        4,
        bytesField(
          1,
          Buffer.concat([varintField(1, 4), bytesField(2, varintField(3, 2n ** 64n - 1n))]),
        ),
      ),
    ]),
  ],
  [
    'closures four deep over a set of 40',
    'not_admitted',
    `f({${Array.from({ length: 40 }, (_, index) => index).join(',')}}); check if f($s), $s.all($a -> $s.all($b -> $s.all($c -> $s.all($d -> $a + $b + $c + $d < 999))));`,
  ],
  ['a rule that feeds itself', 'not_admitted', 'n(0); n($x) <- n($x); check if n($z);'],
]

let front: TestFront
let token: string
const message = `/gmail/v1/users/me/messages/${SEED.withPdf.id}`

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint(READ_ALL)
})
afterAll(async () => front.close())

/** as the holder does it: with the secret that the token carries */
function append(text: string, block: string | Uint8Array): string {
  const envelope = envelopeOf(text)
  const [authority] = envelope.blocks
  if (envelope.proof.type !== 'secret' || authority === undefined) throw new Error('sealed')
  const payload =
    typeof block === 'string'
      ? // compiled by the library after the same block 0, whose strings it shares
        envelopeOf(appendSource(signed(authority.payload), block)).blocks[1]?.payload
      : block
  if (payload === undefined) throw new Error('no block')
  return writeTokenText(extendEnvelope(envelope, payload, envelope.proof.secret))
}

describe('a token that would stop its reader', () => {
  test.each(killers)('is refused before the library sees it: %s', async (_, reason, block) => {
    const hostile = append(token, block)
    const before = { gmail: front.gmail.requests.length, asked: front.secondOpinion.accepted }
    // the front records sixty refusals a minute of callers without a token: all of these are among them
    for (let attempt = 0; attempt < 5; attempt++) {
      const answer = await front.fetch(message, hostile)
      expect(answer.status).toBe(401)
      expect(front.ports.record.last.entry.reason).toBe(reason)
      expect(await answer.text()).not.toContain(hostile.slice(-60))
    }
    expect(front.gmail.requests).toHaveLength(before.gmail)
    expect(front.secondOpinion).toMatchObject({ accepted: before.asked, authorized: 0 })
    const kept = JSON.stringify([front.ports.record.calls, front.ports.events])
    expect(kept).not.toContain(hostile.slice(-60))
  })

  test('leaves the front as it was: the token it was made from still reads', async () => {
    const answer = await front.fetch(message, token)
    expect(answer.status).toBe(200)
    expect(front.gmail.requests.length).toBeGreaterThan(0)
  })
})

test('the memory that the library never gives back ends with its thread', async () => {
  const limits = { requestMs: 5000, startMs: 30_000, maxRequests: 1e9 }
  const request = {
    token: buildToken(`${GRANTED} ${facts} check if f($x), $x < 9;`),
    rootPublicKey: root.publicKey,
    facts: asked,
  }
  const first = await ReaderWorker.start({ ...limits, maxMemoryBytes: 1e12 })
  const { memoryBytes: atStart = 0 } = (await first.ask(request)) ?? {}
  await first.stop()
  // four megabytes are some hundred answers: the bound is on what the library holds, not on how often it was asked
  const worker = await ReaderWorker.start({ ...limits, maxMemoryBytes: atStart + 4 * 1024 * 1024 })
  let answered = 0
  let held = 0
  while (!worker.isWorn && answered < 5000) {
    const reply = await worker.ask(request)
    expect(reply?.verdict).toBe('yes')
    expect(reply?.memoryBytes).toBeGreaterThanOrEqual(held)
    held = reply?.memoryBytes ?? 0
    answered++
  }
  expect(worker.isWorn).toBe(true)
  await worker.stop()
  expect(answered).toBeGreaterThan(1)
  expect(await worker.ask(request)).toBeUndefined()
  const next = await ReaderWorker.start({ ...limits, maxMemoryBytes: 1e12 })
  const reply = await next.ask(request)
  await next.stop()
  expect(reply?.memoryBytes).toBeLessThan(held)
})
