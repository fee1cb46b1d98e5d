import { createPrivateKey, createPublicKey } from 'node:crypto'
import { delegate, type HolderKey } from '../../capabilities/index.ts'
import {
  CommandError,
  parseDuration,
  type CommandContext,
  type ParsedArguments,
} from './command.ts'
import { parseJson, readText } from './connect.ts'
import { summariseToken } from './token-summary.ts'

/** hands a token to a sub-agent's key, offline; of the private key nothing is printed, also when it cannot be read */
export async function delegateToken(
  token: string,
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<number> {
  const read = async (name: string): Promise<string> =>
    readText(parsed.required(name), context.readInput)
  const publicKey = toKey(await read('to'), createPublicKey)
  const signWith = toKey(await read('sign-with'), createPrivateKey)
  const ttl = parsed.text('ttl')
  const delegated = delegate(token, {
    publicKey,
    signWith,
    ...(parsed.text('file') !== undefined && { entries: parseJson(await read('file')) }),
    ...(ttl !== undefined && { expiresAt: Math.floor(Date.now() / 1000) + parseDuration(ttl) }),
  })
  context.print(parsed.flag('json') ? JSON.stringify(summariseToken(delegated)) : delegated)
  return 0
}

/** a JWK, or PEM as openssl writes it */
function toKey(text: string, create: (pem: string) => HolderKey): HolderKey {
  try {
    return text.trimStart().startsWith('{') ? (JSON.parse(text) as HolderKey) : create(text)
  } catch {
    throw new CommandError('a key file holds one key, as JWK or as PEM')
  }
}
