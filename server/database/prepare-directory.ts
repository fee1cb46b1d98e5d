import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const MAX_OPEN_FILES = 64

/**
 * Makes the database directory when there is none. It is built beside its place, synced and renamed, so that a crash in
 * the middle leaves nothing that looks like a database. The caller holds the data directory's lock.
 */
export async function prepareDirectory(
  directory: string,
  create: (path: string) => Promise<void>,
): Promise<void> {
  if (existsSync(join(directory, 'PG_VERSION'))) return
  if (existsSync(directory)) {
    throw new Error(`\`${directory}\` exists and is not a database: move it away and start again`)
  }
  const fresh = `${directory}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true, mode: 0o700 })
  await create(fresh)
  await syncTree(fresh)
  await rename(fresh, directory)
  await sync(dirname(directory))
}

async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true })
  for (const entry of entries.filter((one) => one.isDirectory())) {
    await syncTree(join(directory, entry.name))
  }
  const files = entries.filter((one) => one.isFile()).map(({ name }) => join(directory, name))
  // side by side, since the disk then writes them together; not all at once, since each is an open file
  while (files.length > 0) await Promise.all(files.splice(0, MAX_OPEN_FILES).map(sync))
  await sync(directory)
}

/** a directory is synced like a file: that makes the names in it durable */
async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}
