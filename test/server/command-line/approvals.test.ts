import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBuyer } from '../../../server/console/buyers.ts'
import { runCommand } from '../../../server/command-line/index.ts'
import { migrate } from '../../../server/database/migrate.ts'
import { openDatabase, type OpenDatabase } from '../../../server/database/open.ts'
import { serveDatabaseSocket, socketPath } from '../../../server/database/socket.ts'
import { createApprovals } from '../../../server/state/approvals.ts'
import { temporaryFolder, type TemporaryFolder } from '../../support/command-line.ts'

// The test's own process holds the directory as a server does: the command comes in through the socket.
let folder: TemporaryFolder
let open: OpenDatabase
let socket: Awaited<ReturnType<typeof serveDatabaseSocket>>
const buyers: Record<string, string> = {}

beforeAll(async () => {
  folder = await temporaryFolder()
  open = await openDatabase({ dataDir: folder.path })
  socket = await serveDatabaseSocket(open, socketPath(folder.path))
  await migrate(open.db)
  for (const name of ['dana', 'eve']) {
    buyers[name] = (await createBuyer(open.db, `${name}@shop.example`, 'correct horse battery')).id
    await open.db
      .insertInto('grants')
      .values({
        id: `g_${name}`,
        buyer_id: buyers[name],
        client_id: 'agent-1',
        authorization_details: '[]',
        payload: '{}',
      })
      .execute()
  }
}, 120_000)
afterAll(async () => {
  await socket.close()
  await open.close()
  await folder[Symbol.asyncDispose]()
})

let asked = 0
async function ask(name = 'dana', value = 'hello'): Promise<string> {
  const approval = await createApprovals(open.db).ask({
    grantId: `g_${name}`,
    clientId: 'agent-1',
    provider: 'gmail',
    operation: 'gmail.messages.send',
    decisionId: 'd_1',
    digest: `digest ${++asked}`,
    card: { title: 'Send a new mail to kim', rows: [{ label: 'Text', value, from: 'agent' }] },
  })
  if (approval === 'too_many') throw new Error('too many')
  return approval.id
}

const statusOf = async (id: string): Promise<unknown> =>
  open.db
    .selectFrom('approvals')
    .select(['status', 'decided_by'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()

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

describe('remit approvals', () => {
  it('lists what waits, of everybody or of one buyer, and decides it once', async () => {
    const [hers, his] = [await ask('dana'), await ask('eve')]
    const all = JSON.parse((await remit('approvals', 'list', '--json')).out) as { id: string }[]
    expect(all.map(({ id }) => id)).toEqual([hers, his])
    const one = await remit('approvals', 'list', '--buyer', 'eve@shop.example', '--json')
    expect(JSON.parse(one.out)).toMatchObject([{ id: his, status: 'pending', grant_id: 'g_eve' }])

    const approved = await remit('approvals', 'approve', hers, '--json')
    expect(await statusOf(hers)).toEqual({ status: 'approved', decided_by: 'operator' })
    expect(JSON.parse(approved.out)).toEqual({ id: hers, status: 'approved' })
    const denied = await remit('approvals', 'deny', his)
    expect(await statusOf(his)).toEqual({ status: 'denied', decided_by: 'operator' })
    expect(denied.out).toBe(`approval ${his} denied`)

    const again = await remit('approvals', 'deny', hers)
    expect(await statusOf(hers)).toEqual({ status: 'approved', decided_by: 'operator' })
    expect(again.code).toBe(1)
    expect(again.notes).toMatch(/does not wait any more: it is approved/)
    expect(JSON.parse((await remit('approvals', 'list', '--json')).out)).toEqual([])
  })

  it('says whose words are the agent’s, and lets none of them speak to the terminal', async () => {
    await ask('dana', 'hi\u001b[2J\u001b]0;owned\u0007\nText: all is well \u202Eevil')
    const { out } = await remit('approvals', 'list')
    expect(out).toContain('the agent’s words: “hi')
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/u)
    expect(out.split('\n').filter((line) => /^ *Text:/.test(line))).toHaveLength(1)
  })
})
