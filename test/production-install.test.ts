import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePortSettings, type PortSettings } from '../examples/story/processes.ts'
import { temporaryFolder, type TemporaryFolder } from './support/command-line.ts'

// No container engine is needed for this: what the image's build stage copies and installs is copied and installed here.
const ROOT = join(import.meta.dirname, '..')
const exec = promisify(execFile)

let folder: TemporaryFolder
let env: Record<string, string | undefined>
let ports: PortSettings
let server: ChildProcess | undefined
let log = ''

beforeAll(async () => {
  folder = await temporaryFolder()
  for (const path of await copiedByImage()) {
    await cp(join(ROOT, path), join(folder.path, path), { recursive: true })
  }
  ports = await freePortSettings()
  env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    REMIT_DATA: join(folder.path, 'data'),
    ...ports,
  }
  await exec('npm', ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  })
}, 300_000)
afterAll(async () => {
  if (server && server.exitCode === null) {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
  await folder[Symbol.asyncDispose]()
})

describe('the production install', () => {
  it('has no development package', async () => {
    await expect(stat(join(folder.path, 'node_modules/vitest'))).rejects.toThrow()
    await expect(stat(join(folder.path, 'node_modules/koa'))).resolves.toBeTruthy()
  })

  it('starts from the copied files and answers its probes', { timeout: 120_000 }, async () => {
    const main = ['--disable-warning=ExperimentalWarning', 'server/main.ts']
    server = spawn(process.execPath, [...main, 'serve'], {
      cwd: folder.path,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    server.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
    for (const port of Object.values(ports)) {
      for (const probe of ['healthz', 'readyz']) {
        await expect
          .poll(() => statusOf(`http://127.0.0.1:${port}/${probe}`), {
            timeout: 60_000,
            interval: 200,
          })
          .toBe(200)
      }
    }
    const health = await exec(process.execPath, [...main, 'health'], { cwd: folder.path, env })
    expect(health.stdout).toMatch(
      /authority .* ready\ngmail .* ready\nhubspot .* ready\nstripe .* ready/,
    )
    expect(await statusOf(`http://127.0.0.1:${ports.REMIT_AUTHORITY_PORT}/sign-in`)).toBe(200)
  })

  it('ends cleanly when it is told to, and its health command then says so', async () => {
    if (server === undefined || server.exitCode !== null) {
      throw new Error(`the server does not run:\n${log}`)
    }
    const gone = once(server, 'exit')
    server.kill('SIGTERM')
    const [code] = (await gone) as [number | null]
    expect(code).toBe(0)
    const main = ['--disable-warning=ExperimentalWarning', 'server/main.ts', 'health']
    await expect(exec(process.execPath, main, { cwd: folder.path, env })).rejects.toMatchObject({
      code: 1,
    })
  })

  it('refuses to start in production on development’s comforts', async () => {
    const main = ['--disable-warning=ExperimentalWarning', 'server/main.ts', 'serve']
    const failed = exec(process.execPath, main, {
      cwd: folder.path,
      env: { ...env, NODE_ENV: 'production' },
    })
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /DATABASE_URL[\s\S]*REMIT_MASTER_KEY|REMIT_MASTER_KEY[\s\S]*DATABASE_URL/,
      ) as string,
    })
  })
})

/** the sources that the Dockerfile's first stage copies; `.dockerignore` must let each of them through */
async function copiedByImage(): Promise<string[]> {
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
  const ignore = await readFile(join(ROOT, '.dockerignore'), 'utf8')
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
  const paths = copies.flatMap(([, sources = '']) => sources.split(' '))
  for (const path of paths) expect(ignore.split('\n')).toContain(`!${path}`)
  return paths
}

async function statusOf(url: string): Promise<number> {
  return fetch(url).then(
    ({ status }) => status,
    () => 0,
  )
}
