import type { Config } from './config.ts'
import { collectExpired } from './database/collect.ts'
import { migrate } from './database/migrate.ts'
import { openDatabase, type OpenDatabase } from './database/open.ts'
import { serveDatabaseSocket, socketPath } from './database/socket.ts'
import type { Log } from './log.ts'
import { createKeyStore, type KeyStore } from './state/key-store.ts'
import { loadMasterKey } from './state/master-key.ts'
import { createRevocationFeed, type RunningRevocationFeed } from './state/revocation-feed.ts'

/** what every role of a process stands on */
export interface Foundation extends AsyncDisposable {
  readonly config: Config
  readonly log: Log
  readonly database: OpenDatabase
  readonly masterKey: Uint8Array
  readonly keys: KeyStore
  readonly revocations: RunningRevocationFeed
}

const COLLECT_MS = 10 * 60_000

export async function layFoundation(config: Config, log: Log): Promise<Foundation> {
  await using opened = new AsyncDisposableStack()
  const masterKey = await loadMasterKey(config)
  const database = opened.use(await open(config, log))
  const migrations = await migrate(database.db)
  if (migrations.length > 0) log({ event: 'migrated', migrations })
  if (database.kind === 'embedded') {
    const socket = await shareDatabase(database, config, log)
    opened.defer(async () => socket?.close())
  }
  const keys = await createKeyStore(database, masterKey, { log })
  opened.defer(async () => keys.close())
  const revocations = createRevocationFeed(database, { log })
  await revocations.start()
  opened.defer(async () => revocations.stop())
  const collector = startCollector(database, log)
  opened.defer(() => clearInterval(collector))
  const stack = opened.move()
  return {
    config,
    log,
    database,
    masterKey,
    keys,
    revocations,
    [Symbol.asyncDispose]: async () => stack.disposeAsync(),
  }
}

async function open(config: Config, log: Log): Promise<OpenDatabase> {
  if (config.databaseUrl === undefined) return openDatabase({ dataDir: config.dataDir })
  return openDatabase({
    url: config.databaseUrl.reveal(),
    onError: (error) => log({ event: 'database_error', error: error.message }),
  })
}

/** without the socket the server still serves; only commands beside it have no way in */
async function shareDatabase(
  database: OpenDatabase,
  config: Config,
  log: Log,
): Promise<{ close(): Promise<void> } | undefined> {
  try {
    return await serveDatabaseSocket(database, socketPath(config.dataDir))
  } catch (error) {
    log({ event: 'socket_unavailable', error: error instanceof Error ? error.message : 'unknown' })
    return undefined
  }
}

function startCollector({ db }: OpenDatabase, log: Log): NodeJS.Timeout {
  const collect = async (): Promise<void> => {
    try {
      const rows = await collectExpired(db)
      if (rows > 0) log({ event: 'collected', rows })
    } catch (error) {
      log({ event: 'collection_failed', error: error instanceof Error ? error.message : 'unknown' })
    }
  }
  return setInterval(() => void collect(), COLLECT_MS).unref()
}
