import { sql, type Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import { migrations } from '../../../migrations/index.ts'
import { migrate } from '../../../server/database/migrate.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { openTestDatabase } from '../../support/database.ts'

describe('migrations', () => {
  it('can be undone, and are applied once however many processes start together', async () => {
    await using open = await openTestDatabase()
    await undo(open)
    expect(await tables(open)).toEqual([])
    const applied = await Promise.all(Array.from({ length: 4 }, async () => migrate(open.db)))
    expect(applied.flat()).toEqual(Object.keys(migrations))
    expect(await tables(open)).toContain('grants')
    expect(await migrate(open.db)).toEqual([])
  })
})

async function undo({ db }: OpenDatabase): Promise<void> {
  for (const migration of Object.values(migrations).toReversed()) {
    await migration.down?.(db as Kysely<unknown>)
  }
  await sql`drop table if exists kysely_migration, kysely_migration_lock`.execute(db)
}

async function tables({ db }: OpenDatabase): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'
  `.execute(db)
  return rows.map(({ name }) => name)
}
