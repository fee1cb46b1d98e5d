import { createKeyStore, type KeyStore, type ListedKey } from '../state/key-store.ts'
import { KeyError, type KeyPurpose } from '../state/signing-keys.ts'
import { CommandError, parseArguments, UsageError, type Command } from './command.ts'
import { withDatabase } from './with-database.ts'

const PURPOSES: Readonly<Record<string, KeyPurpose>> = {
  'biscuit-root': 'biscuit-root',
  'oidc-signing': 'oidc-signing',
}

export const keysCommand: Command = {
  name: 'keys',
  usage: 'keys list | rotate <biscuit-root | oidc-signing> | retire <key id>',
  summary: 'shows and rotates the signing keys; an old key verifies until it is retired',
  async run(args, context) {
    const { positionals } = parseArguments(args, {})
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
  throw new UsageError('list, rotate or retire?')
}

function toLine(key: ListedKey): string {
  const state =
    key.retiredAt === undefined
      ? `signs from ${key.activeFrom.toISOString()}`
      : `retired ${key.retiredAt.toISOString()}`
  const root = key.rootKeyId === undefined ? '' : ` root key ${key.rootKeyId},`
  return `${key.id}  ${key.purpose},${root} ${state}`
}
