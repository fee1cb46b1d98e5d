import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../../server/database/open.ts'
import { openForCommand } from '../../../server/database/open-for-command.ts'
import { serveDatabaseSocket, socketPath } from '../../../server/database/socket.ts'
import { makeDataDirectory } from '../../support/data-directory.ts'

describe('a command’s database', { timeout: 120_000 }, () => {
  it('is the running server’s when there is one, even one that is just starting, else the directory itself', async () => {
    await using directory = await makeDataDirectory()
    const config = { databaseUrl: undefined, dataDir: directory.path }
    {
      await using server = await openDatabase({ dataDir: directory.path })
      const opening = openForCommand(config)
      await sleep(150)
      const serving = await serveDatabaseSocket(server, socketPath(directory.path))
      await using command = await opening
      await command.db
        .insertInto('buyers')
        .values({ id: 'b_1', email: 'a@b.example', password_hash: 'x' })
        .execute()
      const { rows } = await sql<{ id: string }>`select id from buyers`.execute(server.db)
      expect(rows).toEqual([{ id: 'b_1' }])
      await serving.close()
    }
    await using alone = await openForCommand(config)
    const row = await alone.db.selectFrom('buyers').select('id').executeTakeFirst()
    expect(row).toEqual({ id: 'b_1' })
    expect(alone.engine).toBeDefined()
    expect(join(directory.path, 'socket')).toBe(socketPath(directory.path))
  })
})
