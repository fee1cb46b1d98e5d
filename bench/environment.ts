import { randomBytes } from 'node:crypto'
import { execFileSync, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts, remit } from '../examples/story/processes.ts'
import { writeUpstream } from './peers/configurations.ts'
import { end, spawnPinned } from './process-tree.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** for looking inside the front, e.g. `--cpu-prof --cpu-prof-dir=/tmp/profile` */
const NODE_ARGUMENTS = (process.env['BENCH_NODE_ARGUMENTS'] ?? '').split(' ').filter(Boolean)

/** what every benchmark of the front needs: an upstream, a PostgreSQL with synchronous commit, a front, a granted token */
export interface Environment {
  readonly folder: string
  readonly upstreamPort: number
  readonly front: { readonly url: string; readonly pid: number }
  readonly databaseUrl: string
  readonly env: NodeJS.ProcessEnv
  readonly grant: (details: readonly object[]) => Promise<string>
  close(): Promise<void>
}

/** an upstream that is there already, and a credential that it takes */
export interface Provider {
  readonly port: number
  readonly accessToken: string
}

/** `upstream`: the one message that a file server gives for every id, or somebody who does more */
export async function startEnvironment(upstream: string | Provider): Promise<Environment> {
  const folder = mkdtempSync(join(tmpdir(), 'remit-bench-'))
  chmodSync(folder, 0o755)
  const [filePort = 0, databasePort = 0, authorityPort = 0, frontPort = 0] = await freePorts(4)
  const { port: upstreamPort, accessToken } =
    typeof upstream === 'string' ? { port: filePort, accessToken: 'bench-credential' } : upstream
  const stopDatabase = startPostgres(join(folder, 'postgres'), databasePort)
  const children: ChildProcess[] = []
  try {
    if (typeof upstream === 'string') children.push(startUpstream(folder, upstreamPort, upstream))
    const databaseUrl = `postgres://remit@127.0.0.1:${databasePort}/postgres`
    const env = environment(databaseUrl, { upstreamPort, authorityPort, frontPort })
    await waitFor(`http://127.0.0.1:${upstreamPort}/gmail/v1/users/me/profile`)
    await prepareBuyer(folder, env, accessToken)
    const front = spawnPinned(0, process.execPath, [...NODE_ARGUMENTS, ...startArguments()], {
      env,
      cwd: ROOT,
    })
    children.push(front)
    const url = `http://127.0.0.1:${frontPort}`
    await waitFor(`${url}/readyz`)
    return {
      folder,
      upstreamPort,
      front: { url, pid: front.pid ?? 0 },
      databaseUrl,
      env,
      grant: async (details) => grant(folder, env, details),
      close: async () => {
        await Promise.all(children.map(async (child) => end(child)))
        stopDatabase()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await Promise.all(children.map(async (child) => end(child)))
    stopDatabase()
    throw error
  }
}

/** what `npm start` gives to Node */
function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  return scripts.start.split(' ').slice(1)
}

function environment(
  databaseUrl: string,
  ports: { upstreamPort: number; authorityPort: number; frontPort: number },
): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    DATABASE_URL: databaseUrl,
    REMIT_ROLES: 'gmail',
    REMIT_MASTER_KEY: randomBytes(32).toString('base64url'),
    REMIT_ISSUER: `http://127.0.0.1:${ports.authorityPort}`,
    REMIT_AUTHORITY_PORT: String(ports.authorityPort),
    REMIT_GMAIL_URL: `http://127.0.0.1:${ports.frontPort}`,
    REMIT_GMAIL_PORT: String(ports.frontPort),
    REMIT_GMAIL_UPSTREAM: `http://127.0.0.1:${ports.upstreamPort}`,
  }
}

function startUpstream(folder: string, port: number, message: string): ChildProcess {
  const configuration = writeUpstream(join(folder, 'upstream'), port, message)
  const users = join(folder, 'upstream/root/gmail/v1/users/me')
  writeFileSync(
    join(users, 'profile'),
    JSON.stringify({ emailAddress: 'dana@northwind-tea.example' }),
  )
  return spawnPinned(1, 'nginx', ['-e', 'stderr', '-c', configuration])
}

async function prepareBuyer(
  folder: string,
  env: NodeJS.ProcessEnv,
  accessToken: string,
): Promise<void> {
  const credential = join(folder, 'credential.json')
  writeFileSync(credential, JSON.stringify({ access_token: accessToken }))
  await remit(['migrate'], env)
  await remit(['buyer', 'add', 'dana@northwind-tea.example'], env)
  await remit(
    ['connect', 'gmail', '--buyer', 'dana@northwind-tea.example', '--credential-file', credential],
    env,
  )
}

async function grant(
  folder: string,
  env: NodeJS.ProcessEnv,
  details: readonly object[],
): Promise<string> {
  const file = join(folder, 'details.json')
  writeFileSync(file, JSON.stringify(details))
  const printed = await remit(
    [
      'grant',
      '--buyer',
      'dana@northwind-tea.example',
      '--agent',
      'bench',
      '--file',
      file,
      '--ttl',
      '1d',
      '--json',
    ],
    env,
  )
  return (JSON.parse(printed) as { tokens: { gmail: string } }).tokens.gmail
}

/** a cluster of its own, fsync and synchronous commit on, on processor 1 with the load */
export function startPostgres(folder: string, port: number): () => void {
  const bin = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)
  if (bin === undefined) throw new Error('PostgreSQL is missing: apt-get install postgresql')
  mkdirSync(folder)
  const id = Number(execFileSync('id', ['-u', 'postgres']).toString())
  chownSync(folder, id, id)
  const as = (command: string): void =>
    void execFileSync('su', ['postgres', '-s', '/bin/sh', '-c', command], { stdio: 'ignore' })
  as(`${bin}/initdb -D ${folder}/data -A trust -U remit`)
  as(
    `taskset -c 1 ${bin}/pg_ctl -D ${folder}/data -l ${folder}/log -w -o '-p ${port} -h 127.0.0.1 -k ${folder}' start`,
  )
  return () => as(`${bin}/pg_ctl -D ${folder}/data -m immediate stop`)
}

export async function waitFor(url: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const ok = await fetch(url).then(
      (r) => r.status < 500,
      () => false,
    )
    if (ok) return
    if (Date.now() > deadline) throw new Error(`${url} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
