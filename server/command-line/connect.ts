import { readFile } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import type { Config } from '../config.ts'
import type { Database } from '../database/schema.ts'
import { connectGmail } from '../state/connect-gmail.ts'
import { connectHubspot } from '../state/connect-hubspot.ts'
import { connectStripe } from '../state/connect-stripe.ts'
import type { StoredConnection } from '../state/store-connection.ts'
import { CommandError, parseArguments, UsageError, type Command } from './command.ts'
import { requireBuyer } from './find-buyer.ts'
import { withDatabase } from './with-database.ts'

export const connectCommand: Command = {
  name: 'connect',
  usage: 'connect <gmail | hubspot | stripe> --buyer <email> --credential-file <file | -> [--json]',
  summary:
    'tries a credential of Google or HubSpot or a key of Stripe, seals it and binds it to a buyer',
  async run(args, context) {
    const { positionals, required, flag } = parseArguments(args, {
      buyer: { type: 'string' },
      'credential-file': { type: 'string' },
      json: { type: 'boolean' },
    })
    const [provider] = positionals
    const connect = provider === undefined ? undefined : CONNECTING.get(provider)
    if (positionals.length !== 1 || connect === undefined) {
      throw new UsageError('this version connects `gmail`, `hubspot` and `stripe`')
    }
    const email = required('buyer')
    const credential = await readText(required('credential-file'), context.readInput)
    return withDatabase(context, async ({ config, database, masterKey }) => {
      const buyerId = await requireBuyer(database.db, email)
      const connection = await connect(database.db, masterKey, config, { buyerId, credential })
      if (connection.isUnrestricted === true) {
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

type Connecting = (
  db: Kysely<Database>,
  masterKey: Uint8Array,
  config: Config,
  owned: { readonly buyerId: string; readonly credential: string },
) => Promise<StoredConnection & { readonly isUnrestricted?: boolean }>

const CONNECTING: ReadonlyMap<string, Connecting> = new Map<string, Connecting>([
  ['gmail', connectGmail],
  ['hubspot', connectHubspot],
  ['stripe', connectStripe],
])

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
