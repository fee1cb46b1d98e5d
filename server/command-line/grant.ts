import { parseCapabilities } from '../../capabilities/index.ts'
import { frontsOf } from '../authority-role.ts'
import {
  mintForOperator,
  OperatorGrantError,
  type OperatorGrant,
} from '../authority/operator-grant.ts'
import { createKeyStore } from '../state/key-store.ts'
import { readAgentKey } from './agent-key.ts'
import { CommandError, parseArguments, parseDuration, UsageError, type Command } from './command.ts'
import { parseJson, readText } from './connect.ts'
import { requireBuyer } from './find-buyer.ts'
import { withDatabase } from './with-database.ts'

const DEFAULT_TTL = '1h'

export const grantCommand: Command = {
  name: 'grant',
  usage:
    'grant --buyer <email> --agent <client id> --file <details.json | -> [--ttl 1h] [--token-ttl 10m] [--key <thumbprint | public.jwk>] [--count n] [--json]',
  summary: 'grants without a browser and prints {grant_id, tokens}; one line a grant with --count',
  async run(args, context) {
    const parsed = parseArguments(args, {
      buyer: { type: 'string' },
      agent: { type: 'string' },
      file: { type: 'string' },
      ttl: { type: 'string' },
      'token-ttl': { type: 'string' },
      key: { type: 'string' },
      count: { type: 'string' },
      json: { type: 'boolean' },
    })
    if (parsed.positionals.length > 0)
      throw new UsageError(`\`${parsed.positionals[0]}\` is too much`)
    const email = parsed.required('buyer')
    const clientId = parsed.required('agent')
    const ttlSeconds = parseDuration(parsed.text('ttl') ?? DEFAULT_TTL)
    const tokenTtl = parsed.text('token-ttl')
    const tokenSeconds = tokenTtl === undefined ? undefined : parseDuration(tokenTtl)
    const count = parseCount(parsed.text('count'))
    const named = parsed.text('key')
    if (named === '-' && parsed.text('file') === '-') {
      throw new UsageError('only one of --file and --key can be `-`')
    }
    const key = named === undefined ? undefined : await readAgentKey(named, context.readInput)
    const capabilities = parseCapabilities(
      parseJson(await readText(parsed.required('file'), context.readInput)),
    )
    return withDatabase(context, async ({ config, database, masterKey }) => {
      const buyerId = await requireBuyer(database.db, email)
      const keys = await createKeyStore(database, masterKey)
      try {
        const grants = await mintForOperator({
          db: database.db,
          keys,
          fronts: frontsOf(config),
          buyerId,
          clientId,
          capabilities,
          ttlSeconds,
          tokenSeconds,
          keyThumbprint: key?.thumbprint,
          delegationKey: key?.delegationKey,
          count,
        })
        for (const grant of grants) context.print(toLine(grant))
      } catch (error) {
        throw error instanceof OperatorGrantError ? new CommandError(error.message) : error
      } finally {
        await keys.close()
      }
      return 0
    })
  },
}

function toLine({ grantId, tokens }: OperatorGrant): string {
  return JSON.stringify({ grant_id: grantId, tokens })
}

function parseCount(text: string | undefined): number {
  if (text === undefined) return 1
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new UsageError('--count is a whole number from 1 to 9999999')
  return Number(text)
}
