/**
 * The second reader over many authorisations: does its memory stay flat? `npm run bench:second-reader`.
 * The library never gives memory back, so what keeps the process small is that threads end and a spare takes over.
 * `BENCH_AUTHORISATIONS` asks for fewer than 300,000.
 */
import { SecondReader, toFacts } from '../capabilities/index.ts'
import { AUDIENCE, NOW, READ, tokenOf, verified } from './sample-token.ts'

const TOTAL = Number(process.env['BENCH_AUTHORISATIONS'] ?? 300_000)
const ROWS = 15
/** asked at once, as requests of a busy front are */
const AT_ONCE = 16

let threads = 0
process.on('worker', () => threads++)

const cases = [1, 2, 4, 8].map((blocks) => {
  const token = verified(tokenOf(blocks))
  return { token, facts: toFacts(READ, { now: NOW, audience: AUDIENCE }, token.blocks) }
})
const reader = await SecondReader.start()
let asked = 0
let unavailable = 0

try {
  await soak()
} finally {
  await reader.close()
}

async function soak(): Promise<void> {
  const began = performance.now()
  console.log('| authorisations | RSS MB | V8 heap MB | threads started | unavailable | seconds |')
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: |')
  row(began)
  for (let index = 1; index <= ROWS; index += 1) {
    await ask(Math.round((TOTAL * index) / ROWS) - asked)
    row(began)
  }
}

async function ask(count: number): Promise<void> {
  let left = count
  const asker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await askOnce()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, asker))
}

async function askOnce(): Promise<void> {
  const one = cases[asked % cases.length]
  asked += 1
  if (one === undefined) return
  const { text, rootPublicKey } = one.token
  const verdict = await reader.authorize(text, rootPublicKey, one.facts)
  if (verdict === 'deny') throw new Error('it must be allowed')
  if (verdict === 'unavailable') unavailable += 1
}

function row(began: number): void {
  const { rss, heapUsed } = process.memoryUsage()
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.log(
    `| ${asked} | ${megabytes(rss)} | ${megabytes(heapUsed)} | ${threads} | ${unavailable} | ${seconds} |`,
  )
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0)
}
