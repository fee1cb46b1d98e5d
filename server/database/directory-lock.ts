import { existsSync, readFileSync } from 'node:fs'
import { link, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** who holds the lock: the start time tells a process from a later one with the same pid (pid 1 of every container) */
export interface LockOwner {
  readonly pid: number
  readonly startedAt: string | undefined
}

export interface DirectoryLock {
  release(): Promise<void>
}

export class DirectoryLockedError extends Error {
  readonly code = 'directory_locked'
  readonly owner: LockOwner
  constructor(path: string, owner: LockOwner, options?: ErrorOptions) {
    super(
      `\`${path}\` is held by process ${owner.pid}: stop it first, or set DATABASE_URL to use PostgreSQL for several processes`,
      options,
    )
    this.name = 'DirectoryLockedError'
    this.owner = owner
  }
}

const TAKEOVER_ATTEMPTS = 40
const TAKEOVER_PAUSE_MS = 50

/**
 * One process per data directory: PGlite checks nothing, and two processes on one directory lose rows.
 * The lock file is linked into place complete, so nobody ever reads half of one.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = lockPath(directory)
  const draft = `${path}.${process.pid}.${randomUUID()}`
  const mine = JSON.stringify({ pid: process.pid, startedAt: startTimeOf(process.pid) })
  await writeFile(draft, mine, { mode: 0o600, flag: 'wx' })
  try {
    if (!(await linked(draft, path))) await takeOver(directory, draft)
  } finally {
    await rm(draft, { force: true })
  }
  return { release: async () => rm(path, { force: true }) }
}

/** the live process that holds the directory, if any */
export async function findLockOwner(directory: string): Promise<LockOwner | undefined> {
  const owner = await readOwner(lockPath(directory))
  return owner !== undefined && isAlive(owner) ? owner : undefined
}

/** only inside the takeover directory, which one process at a time can make: else two could remove each other's lock */
async function takeOver(directory: string, draft: string): Promise<void> {
  const path = lockPath(directory)
  const gate = `${path}.takeover`
  await enter(gate)
  try {
    const owner = await readOwner(path)
    if (owner !== undefined && isAlive(owner)) throw new DirectoryLockedError(directory, owner)
    await rm(path, { force: true })
    if (!(await linked(draft, path)))
      throw new Error(`\`${path}\` was taken by another process: try again`)
  } finally {
    await rmdir(gate)
  }
}

async function enter(gate: string): Promise<void> {
  for (let attempt = 0; attempt < TAKEOVER_ATTEMPTS; attempt += 1) {
    try {
      await mkdir(gate)
      return
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
      await sleep(TAKEOVER_PAUSE_MS)
    }
  }
  throw new Error(
    `\`${gate}\` stays: a process died while it took the lock over: remove it and start again`,
  )
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

async function readOwner(path: string): Promise<LockOwner | undefined> {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockOwner
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw new Error(`\`${path}\` is not a lock file: if no process uses the directory, remove it`, {
      cause: error,
    })
  }
}

function isAlive(owner: LockOwner): boolean {
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    // EPERM: alive, and somebody else's
    if (!hasCode(error, 'EPERM')) return false
  }
  const startedAt = startTimeOf(owner.pid)
  return startedAt === undefined || owner.startedAt === undefined || startedAt === owner.startedAt
}

/** boot id and start tick of a process where /proc exists; elsewhere the pid alone has to do */
function startTimeOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the command name may hold spaces and parentheses: fields count from the last one; field 22 is the start time
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${boot}/${fields[19] ?? ''}`
  } catch {
    return undefined
  }
}

function lockPath(directory: string): string {
  return join(directory, 'lock')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
