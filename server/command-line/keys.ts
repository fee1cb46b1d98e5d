import { createKeyStore, type KeyStore, type ListedKey } from '../state/key-store.ts'
import { readMasterKeyFile } from '../state/master-key.ts'
import { assertNobodyServes, reseal, ResealError } from '../state/reseal.ts'
import { KeyError, type KeyPurpose } from '../state/signing-keys.ts'
import {
  CommandError,
  parseArguments,
  UsageError,
  type Command,
  type CommandContext,
} from './command.ts'
import { withDatabase } from './with-database.ts'

const PURPOSES: Readonly<Record<string, KeyPurpose>> = {
  'biscuit-root': 'biscuit-root',
  'oidc-signing': 'oidc-signing',
}

export const keysCommand: Command = {
  name: 'keys',
  usage:
    'keys list | rotate <biscuit-root | oidc-signing> | retire <key id> | reseal --old-key-file <file>',
  summary:
    'shows and rotates the signing keys; an old key verifies until it is retired; re-seals under a new master key',
  async run(args, context) {
    const { positionals, text, required } = parseArguments(args, {
      'old-key-file': { type: 'string' },
    })
    if (positionals[0] === 'reseal' && positionals.length === 1) {
      return resealAll(required('old-key-file'), context)
    }
    if (text('old-key-file') !== undefined) throw new UsageError('--old-key-file is for `reseal`')
    return withDatabase(context, async ({ database, masterKey }) => {
      const keys = await createKeyStore(database, masterKey)
      try {
        for (const line of await perform(keys, positionals)) context.print(line)
      } catch (error) {
        throw error instanceof KeyError ? new CommandError(error.message) : error
      } finally {
        await keys.close()
      }
      return 0
    })
  },
}

/** before any key is opened: that the current master key opens none yet is why it is called */
async function resealAll(path: string, context: CommandContext): Promise<number> {
  const oldKey = await readMasterKeyFile(path)
  if (oldKey === undefined) throw new CommandError(`\`${path}\` cannot be read`)
  return withDatabase(context, async ({ database, masterKey }) => {
    try {
      await assertNobodyServes(database.db)
      const { resealed, current } = await reseal(database.db, oldKey, masterKey)
      context.print(
        `${resealed} sealed again under the current master key, ${current} were already`,
      )
    } catch (error) {
      throw error instanceof ResealError ? new CommandError(error.message) : error
    }
    return 0
  })
}

async function perform(keys: KeyStore, [verb, what = '']: readonly string[]): Promise<string[]> {
  if (verb === 'list') return keys.list().map(toLine)
  if (verb === 'rotate') {
    const purpose = PURPOSES[what]
    if (purpose === undefined) throw new UsageError('say which: biscuit-root or oidc-signing')
    return [toLine(await keys.rotate(purpose))]
  }
  if (verb === 'retire' && what !== '') {
    await keys.retire(what)
    return [`${what} retired: nothing it signed is accepted any more`]
  }
  throw new UsageError('list, rotate, retire or reseal?')
}

function toLine(key: ListedKey): string {
  const state =
    key.retiredAt === undefined
      ? `signs from ${key.activeFrom.toISOString()}`
      : `retired ${key.retiredAt.toISOString()}`
  const root = key.rootKeyId === undefined ? '' : ` root key ${key.rootKeyId},`
  return `${key.id}  ${key.purpose},${root} ${state}`
}
