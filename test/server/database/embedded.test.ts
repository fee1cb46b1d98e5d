import { existsSync } from 'node:fs'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../../server/database/open.ts'
import { durableStartParameters, SyncedFiles } from '../../../server/database/synced-files.ts'
import { makeDataDirectory, makeEmptyDirectory } from '../../support/data-directory.ts'
import { startProcess } from '../../support/child-process.ts'

// starting one is seconds of work, and other test files do the same at the same time
describe('the embedded database on disk', { timeout: 120_000 }, () => {
  it('makes itself in a directory that only its owner can enter, and is there after a restart', async () => {
    await using directory = await makeEmptyDirectory()
    const dataDir = join(directory.path, 'data')
    // what a crash in the middle of an earlier creation leaves
    await mkdir(join(dataDir, 'database.new'), { recursive: true })
    await writeFile(join(dataDir, 'database.new', 'PG_VERSION'), '18\n')
    {
      await using open = await openDatabase({ dataDir })
      await sql`create table t as select 1 as id`.execute(open.db)
      expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
      expect((await stat(join(dataDir, 'database'))).mode & 0o777).toBe(0o700)
    }
    expect(existsSync(join(dataDir, 'lock'))).toBe(false)
    await using again = await openDatabase({ dataDir })
    const { rows } = await sql`select id from t`.execute(again.db)
    expect(rows).toEqual([{ id: 1 }])
  })

  it('does not overwrite a directory that is no database', async () => {
    await using directory = await makeEmptyDirectory()
    await mkdir(join(directory.path, 'database'))
    await writeFile(join(directory.path, 'database', 'diary.txt'), 'dear diary')
    await expect(openDatabase({ dataDir: directory.path })).rejects.toThrow(/is not a database/)
    expect(existsSync(join(directory.path, 'lock'))).toBe(false)
  })

  it('has synced a commit to the disk before it acknowledges it, and syncs nothing for a read', async () => {
    await using directory = await makeDataDirectory()
    const files = new SyncedFiles(join(directory.path, 'database'))
    await using pglite = await PGlite.create({
      fs: files,
      startParams: durableStartParameters(PGlite.defaultStartParams),
    })
    await pglite.exec('create table t (id integer)')
    const syncsOf = async (work: () => Promise<unknown>): Promise<number> => {
      const before = files.syncs
      await work()
      return files.syncs - before
    }
    expect(
      await syncsOf(async () => pglite.query('insert into t values (1)')),
    ).toBeGreaterThanOrEqual(1)
    expect(await syncsOf(async () => pglite.query('select * from t'))).toBe(0)
    const transaction = async (end: string): Promise<void> => {
      for (const statement of ['begin', 'insert into t values (2)', end])
        await pglite.query(statement)
    }
    expect(await syncsOf(async () => transaction('commit'))).toBeGreaterThanOrEqual(1)
    expect(await syncsOf(async () => transaction('rollback'))).toBe(0)
  })

  it('loses nothing that it acknowledged when its process is killed', async () => {
    await using directory = await makeDataDirectory()
    const child = startProcess('database-writer.ts', [directory.path])
    const acknowledged: number[] = []
    for await (const line of child.lines) {
      acknowledged.push(Number(line))
      if (acknowledged.length === 200) break
    }
    child.kill('SIGKILL')
    await child.exited
    await using open = await openDatabase({ dataDir: directory.path })
    const { rows } = await sql<{ id: string }>`select id from buyers`.execute(open.db)
    const found = new Set(rows.map(({ id }) => Number(id)))
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
  })

  it('lets no second process in, and says who is there', async () => {
    await using directory = await makeDataDirectory()
    await using open = await openDatabase({ dataDir: directory.path })
    const child = startProcess('database-writer.ts', [directory.path])
    expect(await child.exited).not.toBe(0)
    expect(child.errors()).toContain(`held by process ${process.pid}`)
    expect(child.errors()).toContain('DATABASE_URL')
    await sql`select 1`.execute(open.db)
  })
})
