import { readFile } from 'node:fs/promises'
import { connectGmail } from '../state/connect-gmail.ts'
import { connectStripe } from '../state/connect-stripe.ts'
import { CommandError, parseArguments, UsageError, type Command } from './command.ts'
import { requireBuyer } from './find-buyer.ts'
import { withDatabase } from './with-database.ts'

export const connectCommand: Command = {
  name: 'connect',
  usage: 'connect <gmail | stripe> --buyer <email> --credential-file <file | -> [--json]',
  summary: 'tries a credential of Google or a key of Stripe, seals it and binds it to a buyer',
  async run(args, context) {
    const { positionals, required, flag } = parseArguments(args, {
      buyer: { type: 'string' },
      'credential-file': { type: 'string' },
      json: { type: 'boolean' },
    })
    const [provider] = positionals
    if (positionals.length !== 1 || (provider !== 'gmail' && provider !== 'stripe')) {
      throw new UsageError('this version connects `gmail` and `stripe`')
    }
    const email = required('buyer')
    const credential = await readText(required('credential-file'), context.readInput)
    return withDatabase(context, async ({ config, database, masterKey }) => {
      const buyerId = await requireBuyer(database.db, email)
      const owned = { buyerId, credential }
      const connection =
        provider === 'gmail'
          ? await connectGmail(database.db, masterKey, config, owned)
          : await connectStripe(database.db, masterKey, config, owned)
      if ('isUnrestricted' in connection && connection.isUnrestricted) {
        context.note('this key can do everything in the account: a restricted one (rk_…) would do')
      }
      context.print(
        flag('json')
          ? JSON.stringify({ id: connection.id, account: connection.account })
          : `connected ${connection.account} (${connection.id}) for ${email}`,
      )
      return 0
    })
  },
}

/** a file, or standard input when it is called `-` */
export async function readText(path: string, readInput: () => Promise<string>): Promise<string> {
  if (path === '-') return readInput()
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new CommandError(`\`${path}\` cannot be read`, { cause })
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError('the file is not JSON')
  }
}
