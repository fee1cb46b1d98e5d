import { sql } from 'kysely'
import { openDatabase, type OpenDatabase } from '../../server/database/open.ts'

/** another process on the same database: with connections of its own on PostgreSQL; the embedded engine has one */
export async function openBeside(beside: OpenDatabase): Promise<OpenDatabase> {
  if (beside.kind === 'embedded') return beside
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(beside.db)
  const url = new URL(process.env['TEST_DATABASE_URL'] ?? '')
  url.pathname = `/${rows[0]?.name}`
  return openDatabase({ url: url.href })
}
