/**
 * The front against what a user would deploy instead, in one run: `npm run bench`.
 * Rounds are interleaved; the table shows medians, and ratios of medians. Processor time is the steady figure.
 */
import { generateKeyPairSync } from 'node:crypto'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { exportJWK, SignJWT } from 'jose'
import { freePorts } from '../examples/story/processes.ts'
import { startEnvironment, waitFor, type Environment } from './environment.ts'
import { measure, median, type Load, type Sample, type Target } from './load.ts'
import { sampleMessage } from './message.ts'
import { writeApache, writeCheckedProxy, writePlainProxy } from './peers/configurations.ts'
import { end, spawnPinned } from './process-tree.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SECONDS = 2
/** V8 goes on compiling a long path for some tens of thousands of requests; a server runs for weeks */
const WARM_UP_SECONDS = 12
const MESSAGE = sampleMessage(20_000)
const READ: Load = { method: 'GET', seconds: SECONDS, connections: 32 }
const SEND: Load = {
  method: 'POST',
  seconds: SECONDS,
  connections: 32,
  body: JSON.stringify({ raw: Buffer.from(sampleMail(3_600)).toString('base64url') }),
}

const environment = await startEnvironment(MESSAGE)
const peers: ChildProcess[] = []
try {
  const targets = await startPeers(environment, peers)
  await report(
    'messages.get, 20 kB, cached token, record by group commit',
    targets,
    '/gmail/v1/users/me/messages/m1',
    READ,
  )
  const sending = targets.filter((t) => /remit|fastify/.test(t.name))
  await report(
    'messages.send, 5 kB body, intent committed first',
    sending,
    '/gmail/v1/users/me/messages/send',
    SEND,
  )
} finally {
  await Promise.all(peers.map(async (peer) => end(peer)))
  await environment.close()
}

async function startPeers(e: Environment, started: ChildProcess[]): Promise<Target[]> {
  const [koa = 0, fastify = 0, nginx = 0, checked = 0, check = 0, apache = 0] = await freePorts(6)
  const upstream = `http://127.0.0.1:${e.upstreamPort}`
  const node = (file: string, ...args: string[]): ChildProcess =>
    spawnPinned(0, process.execPath, [join(import.meta.dirname, 'peers', file), ...args], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    })
  const ed25519 = generateKeyPairSync('ed25519')
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = JSON.stringify(await exportJWK(ed25519.publicKey))
  const nginxAt = (configuration: string): ChildProcess =>
    spawnPinned(0, 'nginx', ['-e', 'stderr', '-c', configuration])
  const checker = node('jwt-check.ts', String(check), jwk)
  started.push(checker)
  const start = async (
    name: string,
    child: ChildProcess,
    port: number,
    token?: string,
    helper?: ChildProcess,
  ): Promise<Target> => {
    started.push(child)
    await waitFor(`http://127.0.0.1:${port}/gmail/v1/users/me/messages/m1`)
    return {
      name,
      pids: [child.pid ?? 0, ...(helper?.pid === undefined ? [] : [helper.pid])],
      url: `http://127.0.0.1:${port}`,
      authorization: token === undefined ? undefined : `Bearer ${token}`,
    }
  }
  const edToken = await jwt(ed25519.privateKey, 'EdDSA')
  const rsaToken = await jwt(rsa.privateKey, 'RS256')
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const capability = await e.grant([
    { type: 'gmail', actions: ['messages.read'], from: { domains: ['customer.example'] } },
    { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['customer.example'] } },
  ])
  return [
    {
      name: 'remit gmail front',
      pids: [e.front.pid],
      url: e.front.url,
      authorization: `Bearer ${capability}`,
    },
    await start('koa + undici, no checks', node('koa-proxy.ts', String(koa), upstream), koa),
    await start(
      '@fastify/http-proxy',
      node('fastify-proxy.ts', String(fastify), upstream),
      fastify,
    ),
    await start(
      'nginx',
      nginxAt(writePlainProxy(join(e.folder, 'nginx'), nginx, e.upstreamPort)),
      nginx,
    ),
    await start(
      'nginx + auth_request to a JWT check',
      nginxAt(writeCheckedProxy(join(e.folder, 'checked'), checked, e.upstreamPort, check)),
      checked,
      edToken,
      checker,
    ),
    await start(
      'apache + mod_auth_openidc',
      spawnPinned(0, 'apache2', [
        '-D',
        'FOREGROUND',
        '-f',
        writeApache(join(e.folder, 'apache'), apache, e.upstreamPort, pem),
      ]),
      apache,
      rsaToken,
    ),
  ]
}

async function jwt(key: Parameters<SignJWT['sign']>[0], alg: string): Promise<string> {
  return new SignJWT({ scope: 'mail' })
    .setProtectedHeader({ alg, kid: 'bench' })
    .setSubject('bench')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key)
}

async function report(title: string, targets: Target[], path: string, load: Load): Promise<void> {
  const samples = new Map<string, Sample[]>(targets.map((t) => [t.name, []]))
  for (let round = -1; round < ROUNDS; round += 1) {
    // there and back: a machine that slows down during a round does not favour the first
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      const seconds = round < 0 ? WARM_UP_SECONDS : load.seconds
      const sample = await measure({ ...target, url: target.url + path }, { ...load, seconds })
      if (round >= 0) samples.get(target.name)?.push(sample)
    }
  }
  const ours = summary(samples.get(targets[0]?.name ?? '') ?? [])
  console.log(`\n## ${title}\n`)
  console.log(
    '| front | requests/s | CPU µs/request | p50 ms | p99 ms | ours ÷ its CPU | ours ÷ its requests/s |',
  )
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |')
  for (const target of targets) {
    const s = summary(samples.get(target.name) ?? [])
    const cells = [
      target.name,
      s.requestsPerSecond.toFixed(0),
      s.cpuMicroseconds.toFixed(1),
      s.p50Milliseconds.toFixed(2),
      s.p99Milliseconds.toFixed(2),
      (ours.cpuMicroseconds / s.cpuMicroseconds).toFixed(2),
      (ours.requestsPerSecond / s.requestsPerSecond).toFixed(2),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

function summary(samples: readonly Sample[]): Sample {
  return {
    requestsPerSecond: median(samples.map((s) => s.requestsPerSecond)),
    cpuMicroseconds: median(samples.map((s) => s.cpuMicroseconds)),
    p50Milliseconds: median(samples.map((s) => s.p50Milliseconds)),
    p99Milliseconds: median(samples.map((s) => s.p99Milliseconds)),
  }
}

function sampleMail(bytes: number): string {
  const head = [
    'To: lena@customer.example',
    'Subject: Your order 1042',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    '',
  ].join('\r\n')
  return head + 'Your order left this morning and will be with you tomorrow.\r\n'.repeat(bytes / 61)
}
