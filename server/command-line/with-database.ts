import type { OpenDatabase } from '../database/open.ts'
import { openForCommand } from '../database/open-for-command.ts'
import { migrate } from '../database/migrate.ts'
import { loadConfig, type Config } from '../config.ts'
import { loadMasterKey } from '../state/master-key.ts'
import type { CommandContext } from './command.ts'

export interface CommandDatabase {
  readonly config: Config
  readonly database: OpenDatabase
  readonly masterKey: Uint8Array
}

/**
 * The database and the master key for one command. Without the master key there is no command: it is what makes an
 * operator. On a fresh machine the tables are made first, so that a command may come before the first start.
 */
export async function withDatabase<T>(
  context: CommandContext,
  work: (opened: CommandDatabase) => Promise<T>,
): Promise<T> {
  const config = loadConfig(context.env)
  const masterKey = await loadMasterKey(config)
  await using database = await openForCommand(config)
  if (database.kind === 'embedded') await migrate(database.db)
  return await work({ config, database, masterKey })
}
