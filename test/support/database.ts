import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import pg from 'pg'
import { migrate } from '../../server/database/migrate.ts'
import { openDatabase, type OpenDatabase } from '../../server/database/open.ts'
import type { Database } from '../../server/database/schema.ts'

const root = join(import.meta.dirname, '..', '..')
export const cacheDirectory: string = join(root, 'node_modules', '.cache', 'remit')

/** a migrated, empty database of its own: embedded in memory, or on PostgreSQL when TEST_DATABASE_URL is set */
export async function openTestDatabase(): Promise<OpenDatabase> {
  const url = process.env['TEST_DATABASE_URL']
  return url === undefined || url === '' ? openEmbeddedCopy() : openPostgresDatabase(url)
}

async function openEmbeddedCopy(): Promise<OpenDatabase> {
  return openDatabase({ memory: true, seed: await readSeed() })
}

/** a fresh embedded database takes seconds to start; a copy of a migrated one half a second */
export async function readSeed(): Promise<Uint8Array> {
  const path = join(cacheDirectory, `seed-${await seedName()}.tar`)
  if (!existsSync(path)) {
    await mkdir(cacheDirectory, { recursive: true })
    // several test files may do this at once: each writes its own and the last rename wins
    const draft = `${path}.${randomUUID()}`
    await writeFile(draft, await buildSeed())
    await rename(draft, path)
  }
  return readFile(path)
}

/** another migration or another engine makes another seed */
export async function seedName(): Promise<string> {
  const hash = createHash('sha256')
  const { migrations } = await import('../../migrations/index.ts')
  for (const name of Object.keys(migrations)) {
    hash.update(await readFile(join(root, 'migrations', `${name}.ts`)))
  }
  hash.update(await readFile(join(root, 'node_modules/@electric-sql/pglite/package.json')))
  return hash.digest('hex').slice(0, 16)
}

async function buildSeed(): Promise<Uint8Array> {
  const pglite = await PGlite.create()
  await migrate(new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) }))
  const dump = await pglite.dumpDataDir('none')
  await pglite.close()
  return new Uint8Array(await dump.arrayBuffer())
}

async function openPostgresDatabase(url: string): Promise<OpenDatabase> {
  const name = `remit_test_${randomBytes(8).toString('hex')}`
  await administer(url, `create database ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  const opened = await openDatabase({ url: own.href })
  await migrate(opened.db)
  const close = async (): Promise<void> => {
    await opened.close()
    await administer(url, `drop database if exists ${name} with (force)`)
  }
  return { ...opened, close, [Symbol.asyncDispose]: close }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}
