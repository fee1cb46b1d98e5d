import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))
const NODE = ['--disable-warning=ExperimentalWarning', MAIN]

/** one run of the operator's command line */
export async function remit(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [...NODE, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out: Buffer[] = []
  const notes: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => notes.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0)
    throw new Error(`remit ${args[0]} ended with ${code}: ${Buffer.concat(notes).toString()}`)
  return Buffer.concat(out).toString()
}

export interface ServerProcess {
  readonly log: () => string
  stop(): Promise<void>
}

/** `remit serve` as its own process, ready when its readiness probe says so */
export async function startServer(
  env: NodeJS.ProcessEnv,
  ready: readonly string[],
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...NODE, 'serve'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => lines.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk))
  const log = (): string => Buffer.concat(lines).toString()
  const deadline = Date.now() + 60_000
  for (const url of ready) {
    while (!(await answers(url))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await stop(child)
        throw new Error(`the server did not get ready:\n${log()}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  return { log, stop: async () => stop(child) }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (r) => r.ok,
    () => false,
  )
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

/** every port that a server listens on: one that is left out is the same for all who start a server on this machine */
export const PORT_SETTINGS = [
  'REMIT_AUTHORITY_PORT',
  'REMIT_GMAIL_PORT',
  'REMIT_HUBSPOT_PORT',
  'REMIT_STRIPE_PORT',
] as const

export type PortSettings = Readonly<Record<(typeof PORT_SETTINGS)[number], string>>

/** a free port for each, as a server's settings; good enough for a demonstration */
export async function freePortSettings(): Promise<PortSettings> {
  const ports = await freePorts(PORT_SETTINGS.length)
  return Object.fromEntries(
    PORT_SETTINGS.map((name, index) => [name, String(ports[index])]),
  ) as unknown as PortSettings
}

/** ports that are free at the time of asking */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(async (s) => once(s, 'listening')))
  const ports = servers.map((s) => (s.address() as AddressInfo).port)
  await Promise.all(servers.map(async (s) => new Promise((done) => s.close(done))))
  return ports
}
