import { loadConfig } from '../config.ts'
import { migrate } from '../database/migrate.ts'
import { openForCommand } from '../database/open-for-command.ts'
import { parseArguments, type Command } from './command.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  usage: 'migrate',
  summary: 'brings the tables up to this version; safe beside running processes',
  async run(args, context) {
    parseArguments(args, {})
    await using database = await openForCommand(loadConfig(context.env))
    const applied = await migrate(database.db)
    context.print(applied.length === 0 ? 'nothing to do' : applied.join('\n'))
    return 0
  },
}
