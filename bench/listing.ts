/**
 * Listing a hundred messages and getting one, through the front and direct, from the same stand-in: `npm run bench:listing`.
 * Rounds are interleaved, figures are medians. What a call costs is the front's own processor time; the stand-in's is in no
 * figure, and its speed is not Gmail's, so the milliseconds say little and the upstream calls much.
 */
import { execFileSync } from 'node:child_process'
import { Pool } from 'undici'
import { composeMail, startFakeGmail, type FakeGmail } from '../test/fakes/gmail/index.ts'
import { startEnvironment, type Environment } from './environment.ts'
import { median } from './load.ts'
import { cpuNanoseconds } from './process-tree.ts'
import { narrow } from './sample-token.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15)
/** V8 goes on compiling a long path for some tens of thousands of requests */
const WARM_UP_ROUNDS = Number(process.env['BENCH_WARM_UP'] ?? 60)
const MESSAGES = 100
const DAY_MS = 86_400_000
const LIST = '/gmail/v1/users/me/messages?maxResults=100'

interface Call {
  readonly name: string
  /** how often it is made in a round */
  readonly times: number
  readonly path: string
  before?(): void
  token(): string
}

interface Sample {
  readonly cpuMilliseconds: number
  readonly milliseconds: number
  readonly directMilliseconds: number
  readonly upstreamCalls: number
}

let upstreamCalls = 0
const gmail = await startFakeGmail({ record: false, seed: fill })
gmail.onRequest = () => {
  upstreamCalls++
}
// the stand-in and the client share processor 1, as upstream and load do in the other benchmarks
execFileSync('taskset', ['-a', '-c', '-p', '1', String(process.pid)])
const { port } = new URL(gmail.url)
const environment = await startEnvironment({ port: Number(port), accessToken: gmail.accessToken })
const front = new Pool(environment.front.url, { connections: 1 })
const direct = new Pool(gmail.url, { connections: 1 })
try {
  const token = await environment.grant([
    { type: 'gmail', actions: ['messages.read'], from: { domains: ['customer.example'] } },
  ])
  const [id = ''] = gmail.mailbox.messages.keys()
  report(await run(calls(gmail, token, `/gmail/v1/users/me/messages/${id}`), environment))
} finally {
  await Promise.all([front.close(), direct.close()])
  await environment.close()
  await gmail.close()
}

function calls({ mailbox }: FakeGmail, token: string, get: string): Call[] {
  const known = (): string => token
  return [
    { name: 'list of 100, first', times: 1, path: LIST, token: known },
    {
      name: 'list of 100, nothing remembered',
      times: 1,
      path: LIST,
      before: () => mailbox.forgetHistory(),
      token: known,
    },
    { name: 'list of 100, nothing changed', times: 10, path: LIST, token: known },
    {
      name: 'list of 100, five changed',
      times: 1,
      path: LIST,
      before() {
        for (const message of [...mailbox.messages.values()].slice(0, 5)) {
          const change = message.labelIds.has('STARRED') ? 'remove' : 'add'
          mailbox.changeLabels(message, { [change]: ['STARRED'] })
        }
      },
      token: known,
    },
    { name: 'get, token not seen before', times: 10, path: get, token: () => narrow(token) },
    { name: 'get, token known', times: 50, path: get, token: known },
  ]
}

/** the first of the calls happens once: afterwards something is remembered */
async function run(
  [first, ...others]: Call[],
  { front: { pid } }: Environment,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>()
  if (first !== undefined) samples.set(first.name, [await measure(first, pid)])
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const call of round % 2 === 0 ? others : others.toReversed()) {
      const sample = await measure(call, pid)
      if (round >= 0) samples.set(call.name, [...(samples.get(call.name) ?? []), sample])
    }
  }
  return samples
}

async function measure(call: Call, pid: number): Promise<Sample> {
  call.before?.()
  const tokens = Array.from({ length: call.times }, () => call.token())
  const [calledBefore, spentBefore, startedAt] = [upstreamCalls, cpuNanoseconds(pid), now()]
  for (const token of tokens) await ask(front, call.path, token)
  const milliseconds = now() - startedAt
  const spent = cpuNanoseconds(pid) - spentBefore
  const called = upstreamCalls - calledBefore
  const directAt = now()
  for (let turn = 0; turn < call.times; turn++) await ask(direct, call.path, gmail.accessToken)
  return {
    cpuMilliseconds: Number(spent) / 1e6 / call.times,
    milliseconds: milliseconds / call.times,
    directMilliseconds: (now() - directAt) / call.times,
    upstreamCalls: called / call.times,
  }
}

function now(): number {
  return performance.now()
}

async function ask(pool: Pool, path: string, token: string): Promise<void> {
  const { statusCode, body } = await pool.request({
    path,
    method: 'GET',
    headers: { authorization: `Bearer ${token}` },
  })
  const answer = (await body.json()) as { messages?: readonly unknown[] }
  const isShort = path === LIST && answer.messages?.length !== MESSAGES
  if (statusCode !== 200 || isShort) throw new Error(`\`${path}\` was answered with ${statusCode}`)
}

function report(samples: ReadonlyMap<string, readonly Sample[]>): void {
  const typical = (name: string, of: keyof Sample): number =>
    median((samples.get(name) ?? []).map((sample) => sample[of]))
  const unit = typical('get, token known', 'cpuMilliseconds')
  console.log('| call | upstream calls | CPU ms | ÷ a known get | ms | ms direct |')
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
  for (const name of samples.keys()) {
    const cpu = typical(name, 'cpuMilliseconds')
    const cells = [
      name,
      typical(name, 'upstreamCalls'),
      cpu.toFixed(2),
      (cpu / unit).toFixed(1),
      typical(name, 'milliseconds').toFixed(1),
      typical(name, 'directMilliseconds').toFixed(1),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

/** a hundred mails of about 15 kB from one customer's people */
function fill(mailbox: FakeGmail['mailbox'], at: number): void {
  for (let index = 0; index < MESSAGES; index++) {
    const date = at - DAY_MS + index * 60_000
    const raw = composeMail({
      from: `Lena Brandt <lena${index}@customer.example>`,
      to: mailbox.account,
      subject: `Order ${1000 + index}`,
      date,
      messageId: `<${index}@customer.example>`,
      text: 'Dear Dana, where is my order? Kind regards, Lena.\n'.repeat(300),
    })
    mailbox.addMessage({ raw, labelIds: ['INBOX'], internalDate: date })
  }
}
