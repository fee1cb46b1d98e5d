import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../server/database/migrate.ts'
import { openDatabase } from '../../server/database/open.ts'
import { cacheDirectory, seedName } from './database.ts'

export interface TestDirectory extends AsyncDisposable {
  readonly path: string
}

/** an empty directory that nothing was ever opened in */
export async function makeEmptyDirectory(): Promise<TestDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'remit-'))
  return { path, [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }) }
}

/** a data directory with a migrated, empty embedded database in it */
export async function makeDataDirectory(): Promise<TestDirectory> {
  const directory = await makeEmptyDirectory()
  await cp(join(await prepareOnce(), 'database'), join(directory.path, 'database'), {
    recursive: true,
  })
  return directory
}

async function prepareOnce(): Promise<string> {
  const path = join(cacheDirectory, `directory-${await seedName()}`)
  if (existsSync(path)) return path
  const draft = `${path}.${randomUUID()}`
  await mkdir(draft, { recursive: true })
  const opened = await openDatabase({ dataDir: draft })
  await migrate(opened.db)
  await opened.close()
  // another test file may have been quicker
  await rename(draft, path).catch(async () => rm(draft, { recursive: true, force: true }))
  return path
}
