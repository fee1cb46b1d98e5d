import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBuyer } from '../../../server/console/buyers.ts'
import { runCommand } from '../../../server/command-line/index.ts'
import { migrate } from '../../../server/database/migrate.ts'
import { openDatabase, type OpenDatabase } from '../../../server/database/open.ts'
import { serveDatabaseSocket, socketPath } from '../../../server/database/socket.ts'
import {
  createRevocationFeed,
  type RunningRevocationFeed,
} from '../../../server/state/revocation-feed.ts'
import { revokeGrant } from '../../../server/state/revoke.ts'
import { temporaryFolder, type TemporaryFolder } from '../../support/command-line.ts'

// The test's own process holds the directory and runs a front's feed, as a server does.
let folder: TemporaryFolder
let open: OpenDatabase
let socket: Awaited<ReturnType<typeof serveDatabaseSocket>>
let feed: RunningRevocationFeed

beforeAll(async () => {
  folder = await temporaryFolder()
  open = await openDatabase({ dataDir: folder.path })
  socket = await serveDatabaseSocket(open, socketPath(folder.path))
  await migrate(open.db)
  for (const name of ['dana', 'eve']) {
    const { id } = await createBuyer(open.db, `${name}@shop.example`, 'correct horse battery')
    for (const n of [1, 2]) {
      const grant = { id: `g_${name}_${n}`, buyer_id: id, client_id: 'agent-1' }
      await open.db
        .insertInto('grants')
        .values({ ...grant, authorization_details: '[]', payload: '{}' })
        .execute()
    }
  }
  feed = createRevocationFeed(open)
  await feed.start()
  await feed.serve({ provider: 'gmail', resource: 'http://127.0.0.1:4001' })
}, 120_000)
afterAll(async () => {
  await feed.stop()
  await socket.close()
  await open.close()
  await folder[Symbol.asyncDispose]()
})

async function remit(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const [out, notes]: [string[], string[]] = [[], []]
  const code = await runCommand(args, {
    env: { REMIT_DATA: folder.path },
    print: (line) => void out.push(line),
    note: (line) => void notes.push(line),
    readInput: () => Promise.resolve(''),
    stop: new AbortController().signal,
  })
  return { code, out: out.join('\n'), notes: notes.join('\n') }
}

it('pauses one grant, says who knows and names the front that nobody runs', async () => {
  const paused = await remit('pause', 'g_dana_1')
  expect(feed.isPaused('g_dana_1')).toBe(true)
  expect(feed.isPaused('g_dana_2')).toBe(false)
  expect(paused).toMatchObject({ code: 0 })
  expect(paused.out).toMatch(
    /^1 grant paused\. 1 of 3 fronts knows it\. It took it [\d.]+ seconds?\.$/,
  )
  expect(paused.notes).toContain('The Stripe front at http://127.0.0.1:4003 has never reported')
  expect((await remit('pause', 'g_dana_1')).out).toContain('nothing was paused')

  const resumed = JSON.parse((await remit('resume', 'g_dana_1', '--json')).out) as unknown
  expect(feed.isPaused('g_dana_1')).toBe(false)
  expect(resumed).toMatchObject({
    grants: 1,
    fronts: [
      { provider: 'gmail', state: 'knows', since: expect.any(String) as unknown },
      { provider: 'hubspot', state: 'absent' },
      { provider: 'stripe', state: 'absent' },
    ],
  })
  expect(JSON.parse((await remit('resume', 'g_dana_1', '--json')).out)).toEqual({ grants: 0 })
})

it('pauses everything of one buyer and nothing of another', async () => {
  const { out } = await remit('pause', '--buyer', 'dana@shop.example', '--json')
  expect([feed.isPaused('g_dana_1'), feed.isPaused('g_dana_2')]).toEqual([true, true])
  expect([feed.isPaused('g_eve_1'), feed.isPaused('g_eve_2')]).toEqual([false, false])
  expect(JSON.parse(out)).toMatchObject({ grants: 2 })
})

it('says what to do instead', async () => {
  await revokeGrant(open.db, 'g_eve_2', 'test')
  expect(await remit('pause', 'g_none')).toMatchObject({
    code: 1,
    notes: expect.stringMatching(/no grant/) as unknown,
  })
  expect(await remit('resume', 'g_eve_2')).toMatchObject({
    code: 1,
    notes: expect.stringMatching(/was revoked/) as unknown,
  })
  for (const args of [['pause'], ['pause', 'g_eve_1', '--buyer', 'eve@shop.example'], ['resume']]) {
    expect((await remit(...args)).code).toBe(2)
  }
  expect(feed.isPaused('g_eve_1')).toBe(false)
})
