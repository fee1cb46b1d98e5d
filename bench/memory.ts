/**
 * A million requests with 100,000 different tokens through a running front: `npm run bench:memory`.
 * Each token is attenuated offline and used ten times in a row; BENCH_REQUESTS makes it fewer.
 *
 * Resident memory saws up and down: Node collects when it likes, and the second reader's thread is replaced when it has
 * grown. So each tenth of the run shows the median and the greatest of its samples, and growth compares the medians.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { startEnvironment } from './environment.ts'
import { median } from './load.ts'
import { sampleMessage } from './message.ts'
import { residentKilobytes } from './process-tree.ts'
import { narrow } from './sample-token.ts'

const REQUESTS = Number(process.env['BENCH_REQUESTS'] ?? 1_000_000)
const USES = 10
const CONNECTIONS = 32
const TENTHS = 10
const PATH = '/gmail/v1/users/me/messages/m1'

const environment = await startEnvironment(sampleMessage(20_000))
try {
  const granted = await environment.grant([
    { type: 'gmail', actions: ['messages.read'], from: { domains: ['customer.example'] } },
  ])
  await report(granted)
} finally {
  await environment.close()
}

async function report(granted: string): Promise<void> {
  const { front } = environment
  const pool = new Pool(front.url, { connections: CONNECTIONS, pipelining: 1 })
  const started = performance.now()
  const medians: number[] = []
  console.log(`| requests | tokens | median RSS MB | greatest RSS MB | requests/s |`)
  console.log('| ---: | ---: | ---: | ---: | ---: |')
  console.log(`| 0 | 0 | ${megabytes(residentKilobytes(front.pid))} | | |`)
  for (let tenth = 1; tenth <= TENTHS; tenth += 1) {
    const before = performance.now()
    const samples = await sampled(front.pid, () => run(pool, granted, REQUESTS / TENTHS / USES))
    medians.push(median(samples))
    const done = (REQUESTS * tenth) / TENTHS
    const rate = REQUESTS / TENTHS / ((performance.now() - before) / 1000)
    const cells = [done, done / USES, megabytes(median(samples)), megabytes(Math.max(...samples))]
    console.log(`| ${cells.join(' | ')} | ${rate.toFixed(0)} |`)
  }
  await pool.close()
  const growth = (medians.at(-1) ?? 0) - (medians[1] ?? 0)
  const minutes = (performance.now() - started) / 60_000
  console.log(`\ngrowth after the second tenth: ${megabytes(growth)} MB (bar: 50 MB)`)
  console.log(`time: ${minutes.toFixed(1)} minutes`)
}

/** every connection takes a fresh token and uses it up */
async function run(pool: Pool, granted: string, tokens: number): Promise<void> {
  let left = tokens
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const authorization = `Bearer ${narrow(granted)}`
      for (let use = 0; use < USES; use += 1) await ask(pool, authorization)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
}

async function ask(pool: Pool, authorization: string): Promise<void> {
  const { statusCode, body } = await pool.request({
    path: PATH,
    method: 'GET',
    headers: { authorization },
  })
  await body.dump()
  if (statusCode !== 200) throw new Error(`the front answered ${statusCode}`)
}

async function sampled(pid: number, work: () => Promise<void>): Promise<number[]> {
  const samples = [residentKilobytes(pid)]
  const done = new AbortController()
  const sampling = (async () => {
    while (!done.signal.aborted) {
      await sleep(200)
      samples.push(residentKilobytes(pid))
    }
  })()
  try {
    await work()
  } finally {
    done.abort()
    await sampling
  }
  return samples
}

function megabytes(kilobytes: number): string {
  return (kilobytes / 1024).toFixed(0)
}
