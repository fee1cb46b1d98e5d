import { stat } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type OpenDatabase } from '../../../server/database/open.ts'
import { toFrame } from '../../../server/database/frames.ts'
import { connectDatabaseSocket, serveDatabaseSocket } from '../../../server/database/socket.ts'
import { startProcess } from '../../support/child-process.ts'
import { makeEmptyDirectory, type TestDirectory } from '../../support/data-directory.ts'
import { readSeed } from '../../support/database.ts'

describe('the database socket', () => {
  let directory: TestDirectory
  let path: string
  let server: OpenDatabase
  let serving: { close(): Promise<void> }
  beforeAll(async () => {
    directory = await makeEmptyDirectory()
    path = join(directory.path, 'socket')
    // in memory: the engine is always the embedded one, on whichever database the other tests run
    server = await openDatabase({ memory: true, seed: await readSeed() })
    serving = await serveDatabaseSocket(server, path)
  })
  afterAll(async () => {
    await serving.close()
    await server.close()
    await directory[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await server.db.deleteFrom('buyers').execute()
  })

  const buyer = (id: string) => ({ id, email: `${id}@b.example`, password_hash: 'x' })
  const ids = async (): Promise<string[]> =>
    (await server.db.selectFrom('buyers').select('id').orderBy('id').execute()).map(({ id }) => id)

  it('is its owner’s alone', async () => {
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('carries statements, values and errors', async () => {
    await using client = await connectDatabaseSocket(path)
    await client.db.insertInto('buyers').values(buyer('b_1')).execute()
    const row = await client.db
      .selectFrom('buyers')
      .select(['id', 'created_at'])
      .executeTakeFirstOrThrow()
    expect(row.created_at).toBeInstanceOf(Date)
    await expect(
      client.db.insertInto('buyers').values(buyer('b_1')).execute(),
    ).rejects.toMatchObject({
      code: '23505',
      constraint: 'buyers_pkey',
    })
    expect(await ids()).toEqual(['b_1'])
  })

  it('keeps the transactions of two commands and of the server apart', async () => {
    await using one = await connectDatabaseSocket(path)
    await using two = await connectDatabaseSocket(path)
    const first = await one.db.startTransaction().execute()
    await first.insertInto('buyers').values(buyer('b_1')).execute()
    const second = two.db.transaction().execute(async (trx) => {
      const seen = await trx.selectFrom('buyers').select('id').where('id', '=', 'b_1').execute()
      await trx
        .insertInto('buyers')
        .values(buyer(`b_saw_${seen.length}`))
        .execute()
    })
    const outside = server.db.insertInto('buyers').values(buyer('b_server')).execute()
    await first.rollback().execute()
    await Promise.all([second, outside])
    expect(await ids()).toEqual(['b_saw_0', 'b_server'])
  })

  it('rolls back what a command leaves open when it is killed', async () => {
    const child = startProcess('socket-writer.ts', [path])
    for await (const line of child.lines) if (line === 'written') break
    const waiting = ids()
    child.kill('SIGKILL')
    await child.exited
    expect(await waiting).toEqual([])
    await server.db.insertInto('buyers').values(buyer('b_next')).execute()
  })

  it('does not let a command close the server’s database', async () => {
    const client = await connectDatabaseSocket(path)
    await sql`select 1`.execute(client.db)
    await client.close()
    await expect(sql`select 1`.execute(client.db)).rejects.toThrow()
    await expect(ids()).resolves.toEqual([])
  })

  it.each([
    ['bytes that are no frame', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a frame that claims to be huge', Buffer.from([0xff, 0xff, 0xff, 0xff, 1])],
    ['a frame without a message', Buffer.from([0, 0, 0, 2, 0x99, 0x99])],
    ['a request to close', toFrame({ id: 1, kind: 'close' })],
    ['a request to listen', toFrame({ id: 1, kind: 'listen', channel: 'x' })],
    ['a statement without SQL', toFrame({ id: 1, session: 1, kind: 'query' })],
    ['nothing sensible', toFrame(null)],
  ])('hangs up on %s and goes on serving', async (_name, bytes) => {
    expect(await sendRaw(path, bytes)).toBe('')
    await using client = await connectDatabaseSocket(path)
    await expect(sql`select 1`.execute(client.db)).resolves.toBeDefined()
  })

  it('fails what is under way when the server goes', async () => {
    await using other = await makeEmptyDirectory()
    const otherPath = join(other.path, 'socket')
    const otherServing = await serveDatabaseSocket(server, otherPath)
    const client = await connectDatabaseSocket(otherPath)
    const slow = sql`select pg_sleep(0.3)`.execute(client.db)
    const failing = expect(slow).rejects.toMatchObject({ code: '08006' })
    await new Promise((later) => setTimeout(later, 50))
    await otherServing.close()
    await failing
    await client.close()
  })

  it('says when the path is too long to be a socket', async () => {
    const long = join(directory.path, 'x'.repeat(120), 'socket')
    await expect(serveDatabaseSocket(server, long)).rejects.toThrow(/too long for a socket/)
  })
})

/** what comes back until the other end hangs up */
async function sendRaw(path: string, bytes: Buffer): Promise<string> {
  return new Promise((done, reject) => {
    let answer = ''
    const socket = net.connect(path, () => socket.write(bytes))
    socket.setTimeout(5_000, () => socket.destroy(new Error('the server did not hang up')))
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => done(answer))
  })
}
