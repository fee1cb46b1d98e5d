import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePortSettings } from '../../../examples/story/processes.ts'
import { remit, temporaryFolder, type TemporaryFolder } from '../../support/command-line.ts'
import { Browser, fieldsOf, type Page } from '../console/browser.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const EMAIL = 'dana@northwind-tea.example'
const password = 'correct horse battery'

let folder: TemporaryFolder
let env: Record<string, string>
let issuer: string
const running = new Set<ChildProcess>()

beforeAll(async () => {
  folder = await temporaryFolder()
  env = { REMIT_DATA: join(folder.path, 'data'), ...(await freePortSettings()) }
  issuer = `http://127.0.0.1:${env['REMIT_AUTHORITY_PORT']}`
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await folder[Symbol.asyncDispose]()
})

interface Served {
  readonly said: { out: string; log: string }
  stop(): Promise<void>
}

/** until it has said what is missing */
async function serve(): Promise<Served> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'server/main.ts', 'serve'],
    { cwd: ROOT, env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  running.add(child)
  const said = { out: '', log: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.log += chunk.toString()))
  await expect
    .poll(() => said.out, { timeout: 60_000 })
    .toMatch(/Still missing: a connected account[^]*\n$/u)
  return {
    said,
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'close')
      running.delete(child)
    },
  }
}

const linkIn = (text: string): string | undefined =>
  /http\S+\/welcome\/[\w-]{43}\b/u.exec(text)?.[0]

async function post(link: string, fields: Record<string, string>): Promise<Page> {
  const browser = new Browser(issuer)
  const page = await browser.get(link)
  if (page.status !== 200) return page
  const path = new URL(link).pathname
  return browser.post(path, { ...fieldsOf(page, path), ...fields })
}

test(
  'the first start prints a link, a restart another, and it makes the first account',
  { timeout: 240_000 },
  async () => {
    const first = await serve()
    const old = linkIn(first.said.out) ?? ''
    expect(old.startsWith(issuer)).toBe(true)
    await first.stop()

    const second = await serve()
    const link = linkIn(second.said.out) ?? ''
    expect(link).not.toBe(old)
    expect((await post(old, { email: EMAIL, password })).status).toBe(404)
    expect((await post(link, { email: EMAIL, password })).status).toBe(303)

    // beside the running server: a link for somebody else, and one for her when she has lost her means
    const invited = await remit(['buyer', 'add', 'omar@northwind-tea.example', '--link'], env)
    const further = linkIn(invited.stdout) ?? ''
    expect((await post(further, { password })).location).toBe(`${issuer}/welcome`)
    const taken = await remit(['buyer', 'add', EMAIL, '--link'], env)
    expect(taken).toMatchObject({ code: 1, stdout: '' })
    expect(taken.stderr).toContain(`remit buyer recover ${EMAIL}`)
    const recovery = await remit(['buyer', 'recover', EMAIL, '--json'], env)
    const { link: again } = JSON.parse(recovery.stdout) as { link: string }
    const recovered = await post(again, { password: 'quite another sentence' })
    expect(recovered.location).toBe(`${issuer}/you?done=recovered`)

    await second.stop()
    for (const text of [first.said.log, second.said.log]) expect(linkIn(text)).toBeUndefined()
    for (const secret of [link, further, again]) {
      expect(second.said.log).not.toContain(secret.slice(-43))
    }

    const third = await serve()
    expect(linkIn(third.said.out)).toBeUndefined()
    await third.stop()
  },
)
