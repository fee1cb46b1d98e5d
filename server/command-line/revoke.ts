import type { Kysely } from 'kysely'
import { parseToken } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import { revokeGrant, revokeToken } from '../state/revoke.ts'
import { CommandError, parseArguments, UsageError, type Command } from './command.ts'
import { withDatabase } from './with-database.ts'

const REASON = 'revoked by the operator'

export const revokeCommand: Command = {
  name: 'revoke',
  usage: 'revoke <grant id | token | revocation id>',
  summary: 'stops a grant, or one token and everything attenuated from it, at every front',
  async run(args, context) {
    const { positionals } = parseArguments(args, {})
    const [what] = positionals
    if (what === undefined || positionals.length !== 1) throw new UsageError('say what to revoke')
    return withDatabase(context, async ({ database: { db } }) => {
      context.print(await revoke(db, what === '-' ? (await context.readInput()).trim() : what))
      return 0
    })
  },
}

async function revoke(db: Kysely<Database>, what: string): Promise<string> {
  const grant = await db
    .selectFrom('grants')
    .select(['id', 'revoked_at'])
    .where('id', '=', what)
    .executeTakeFirst()
  if (grant?.revoked_at) return `grant ${what} was revoked before`
  if (grant)
    return `grant ${what} revoked, ${await revokeGrant(db, what, REASON)} live tokens with it`
  const revocationId = toRevocationId(what)
  await revokeToken(db, revocationId, REASON)
  return `token ${revocationId.slice(0, 16)}… revoked, with everything attenuated from it`
}

/** the last block's id: revoking a presented token must not reach further up than the token itself */
function toRevocationId(what: string): string {
  if (/^[0-9a-f]{128}$/.test(what)) return what
  const parsed = parseToken(what)
  const id = parsed.ok ? parsed.token.revocationIds.at(-1) : undefined
  if (id === undefined)
    throw new CommandError('that is neither a grant id, nor a token, nor a revocation id')
  return id
}
