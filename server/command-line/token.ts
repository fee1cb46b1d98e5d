import {
  attenuate,
  inspect,
  verifyToken,
  type UnverifiedInspection,
} from '../../capabilities/index.ts'
import { createKeyStore } from '../state/key-store.ts'
import {
  CommandError,
  parseArguments,
  parseDuration,
  UsageError,
  type Command,
  type CommandContext,
  type ParsedArguments,
} from './command.ts'
import { parseJson, readText } from './connect.ts'
import { delegateToken } from './delegate.ts'
import { summariseToken } from './token-summary.ts'
import { withDatabase } from './with-database.ts'

export const tokenCommand: Command = {
  name: 'token',
  usage:
    'token inspect <token | -> [--json] | attenuate <token | -> --file <narrowing.json> [--ttl 10m] [--json] | delegate <token | -> --to <public-key> --sign-with <private-key> [--file <narrowing.json>] [--ttl 10m] [--json] | verify <token | -> [--json]',
  summary:
    'reads, narrows, delegates (all offline) or verifies a capability token; `-` reads it from stdin',
  async run(args, context) {
    const parsed = parseArguments(args, {
      json: { type: 'boolean' },
      file: { type: 'string' },
      ttl: { type: 'string' },
      to: { type: 'string' },
      'sign-with': { type: 'string' },
    })
    const [verb = '', given] = parsed.positionals
    if (given === undefined || parsed.positionals.length !== 2)
      throw new UsageError('say which token')
    const token = given === '-' ? (await context.readInput()).trim() : given
    switch (verb) {
      case 'inspect':
        return printInspection(inspect(token), parsed.flag('json'), context)
      case 'attenuate':
        return narrow(token, parsed, context)
      case 'delegate':
        return delegateToken(token, parsed, context)
      case 'verify':
        return verify(token, parsed.flag('json'), context)
      default:
        throw new UsageError('inspect, attenuate, delegate or verify?')
    }
  },
}

async function narrow(
  token: string,
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<number> {
  const entries: unknown = parseJson(await readText(parsed.required('file'), context.readInput))
  const ttl = parsed.text('ttl')
  const expiresAt =
    ttl === undefined ? {} : { expiresAt: Math.floor(Date.now() / 1000) + parseDuration(ttl) }
  const narrowed = attenuate(token, entries, expiresAt)
  context.print(parsed.flag('json') ? JSON.stringify(summariseToken(narrowed)) : narrowed)
  return 0
}

async function verify(token: string, json: boolean, context: CommandContext): Promise<number> {
  return withDatabase(context, async ({ database, masterKey }) => {
    const keys = await createKeyStore(database, masterKey)
    const result = verifyToken(token, keys.rootKeys)
    await keys.close()
    if (!result.ok) {
      throw new CommandError(`not accepted: ${result.refusal.reason}: ${result.refusal.detail}`)
    }
    const revoked = await database.db
      .selectFrom('revocations')
      .select(['kind', 'reason'])
      .where('id', 'in', [...result.token.revocationIds, result.token.grantId])
      .executeTakeFirst()
    if (revoked)
      throw new CommandError(`the signatures hold, but it was revoked: ${revoked.reason}`)
    if (!json) context.print('accepted: signatures, grammar and revocation')
    return printInspection(inspect(token), json, context)
  })
}

function printInspection(
  token: UnverifiedInspection,
  json: boolean,
  context: CommandContext,
): number {
  if (json) {
    context.print(JSON.stringify(token))
    return 0
  }
  const until =
    token.expiresAt === undefined ? 'no end' : new Date(token.expiresAt * 1000).toISOString()
  context.print(`grant ${token.grantId ?? '?'} for ${token.clientId ?? '?'}, until ${until}`)
  token.lineage.forEach((block, index) => {
    context.print(`\nblock ${index}  ${block.revocationId.slice(0, 16)}…`)
    for (const sentence of block.sentences) context.print(`  ${sentence}`)
    for (const check of block.checks) context.print(`    ${check}`)
  })
  return 0
}
