import { chmod, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startFakeStripe, type FakeStripe } from '../../fakes/stripe/index.ts'
import { remit, temporaryFolder, type TemporaryFolder } from '../../support/command-line.ts'

const EMAIL = 'dana@northwind-tea.example'
let folder: TemporaryFolder
let stripe: FakeStripe
let env: Record<string, string>
let data: string

beforeAll(async () => {
  folder = await temporaryFolder()
  stripe = await startFakeStripe()
  data = join(folder.path, 'data')
  env = { REMIT_DATA: data, REMIT_STRIPE_UPSTREAM: stripe.url }
}, 60_000)
afterAll(async () => {
  await stripe.close()
  await folder[Symbol.asyncDispose]()
})

// the steps of docs/operations.md, as an operator types them
it('moves a machine to another master key, and says what was wrong until then', async () => {
  expect((await remit(['buyer', 'add', EMAIL], env)).code).toBe(0)
  const connect = ['connect', 'stripe', '--buyer', EMAIL, '--credential-file', '-']
  expect((await remit(connect, env, stripe.apiKey)).code).toBe(0)
  const before = (await remit(['keys', 'list'], env)).stdout

  const [key, old] = [join(data, 'master.key'), join(data, 'master.key.old')]
  await rename(key, old)
  const early = await remit(['keys', 'list'], env)
  expect(early.code).toBe(1)
  expect(early.stderr).toContain('does not open')

  const missing = await remit(['keys', 'reseal'], env)
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('--old-key-file')])
  const nowhere = await remit(['keys', 'reseal', '--old-key-file', '/nowhere'], env)
  expect(nowhere.stderr).toContain('cannot be read')
  const wrong = join(folder.path, 'wrong.key')
  await writeFile(wrong, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
  const refused = await remit(['keys', 'reseal', '--old-key-file', wrong], env)
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('nothing was changed'),
  ])
  await chmod(wrong, 0o644)
  const open = await remit(['keys', 'reseal', '--old-key-file', wrong], env)
  expect(open.stderr).toContain('can be read by others')

  const done = await remit(['keys', 'reseal', '--old-key-file', old], env)
  expect([done.code, done.stderr]).toEqual([0, ''])
  expect(done.stdout).toContain('3 sealed again under the current master key, 0 were already')
  expect((await remit(['keys', 'list'], env)).stdout).toBe(before)
  const again = await remit(['keys', 'reseal', '--old-key-file', old], env)
  expect(again.stdout).toContain('0 sealed again under the current master key, 3 were already')
  for (const { stdout, stderr } of [done, again, refused]) {
    expect(stdout + stderr).not.toContain(stripe.apiKey)
  }
}, 120_000)
