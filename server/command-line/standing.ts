import type { Kysely } from 'kysely'
import { frontsOf } from '../authority-role.ts'
import { describeReach } from '../console/reach-text.ts'
import type { Database } from '../database/schema.ts'
import type { StandingChange } from '../state/pause.ts'
import { awaitReach } from '../state/reach.ts'
import { CommandError, type CommandContext } from './command.ts'
import type { CommandDatabase } from './with-database.ts'

/** how long a command waits for the fronts to confirm */
const PATIENCE_MS = 5_000

/** why a grant was not paused or resumed; a grant that is already as asked is no mistake */
export async function assertStands(db: Kysely<Database>, grantId: string): Promise<void> {
  const grant = await db
    .selectFrom('grants')
    .select('revoked_at')
    .where('id', '=', grantId)
    .executeTakeFirst()
  if (grant === undefined) throw new CommandError(`there is no grant \`${grantId}\``)
  if (grant.revoked_at !== null) {
    throw new CommandError(`grant \`${grantId}\` was revoked: there is nothing to pause or resume`)
  }
}

/** says which fronts know, when those that run have confirmed or the time is up */
export async function reportReach(
  context: CommandContext,
  { config, database: { db } }: CommandDatabase,
  change: StandingChange,
  said: { readonly done: string; readonly json: boolean },
): Promise<number> {
  const reach = await awaitReach(db, change.xid, frontsOf(config), PATIENCE_MS)
  const { summary, unknown } = describeReach(reach, change.at)
  if (!said.json) {
    context.print(`${said.done}. ${summary}`)
    for (const one of unknown) context.note(one)
  } else {
    const fronts = reach.fronts.map(({ provider, resource, state, since }) => ({
      provider,
      resource,
      state,
      ...(since !== undefined && { since: new Date(since).toISOString() }),
    }))
    context.print(JSON.stringify({ grants: change.grants, fronts }))
  }
  return 0
}
