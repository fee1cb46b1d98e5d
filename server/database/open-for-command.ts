import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { DirectoryLockedError, findLockOwner } from './directory-lock.ts'
import { openDatabase, type OpenDatabase } from './open.ts'
import { connectDatabaseSocket, socketPath } from './socket.ts'

const ATTEMPTS = 50
const PAUSE_MS = 100

/**
 * The database for one command: PostgreSQL if it is configured, else the embedded one, through the server that has it open
 * or, when none runs, by opening it here.
 */
export async function openForCommand(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
): Promise<OpenDatabase> {
  const { databaseUrl, dataDir } = config
  if (databaseUrl !== undefined) return openDatabase({ url: databaseUrl.reveal() })
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openEmbedded(dataDir)
    } catch (error) {
      // a server that is just starting has the lock and not yet the socket; one that is just stopping, neither for long
      if (attempt === ATTEMPTS || !isPassing(error)) throw error
      await sleep(PAUSE_MS)
    }
  }
}

async function openEmbedded(dataDir: string): Promise<OpenDatabase> {
  const owner = await findLockOwner(dataDir)
  if (owner === undefined) return openDatabase({ dataDir })
  return connectDatabaseSocket(socketPath(dataDir)).catch((cause: unknown) => {
    throw new DirectoryLockedError(dataDir, owner, { cause })
  })
}

function isPassing(error: unknown): boolean {
  return error instanceof DirectoryLockedError
}
