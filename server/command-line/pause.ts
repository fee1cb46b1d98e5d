import { pauseAll, pauseGrant } from '../state/pause.ts'
import { parseArguments, UsageError, type Command } from './command.ts'
import { requireBuyer } from './find-buyer.ts'
import { assertStands, reportReach } from './standing.ts'
import { withDatabase } from './with-database.ts'

export const pauseCommand: Command = {
  name: 'pause',
  usage: 'pause <grant id> | --buyer <email> [--json]',
  summary: 'stops a grant, or every grant of a buyer, at every front until it is resumed',
  async run(args, context) {
    const { positionals, text, flag } = parseArguments(args, {
      buyer: { type: 'string' },
      json: { type: 'boolean' },
    })
    const [grantId] = positionals
    const email = text('buyer')
    if (positionals.length > 1 || (grantId === undefined) === (email === undefined)) {
      throw new UsageError('say what to pause: a grant id, or --buyer <email> for all of hers')
    }
    return withDatabase(context, async (opened) => {
      const { db } = opened.database
      if (grantId !== undefined) await assertStands(db, grantId)
      const change =
        grantId === undefined
          ? await pauseAll(db, await requireBuyer(db, email ?? ''), 'operator')
          : await pauseGrant(db, grantId, 'operator')
      const json = flag('json')
      if (change === undefined) {
        if (json) context.print(JSON.stringify({ grants: 0 }))
        else context.print('nothing was paused: nothing was running')
        return 0
      }
      const done = `${change.grants} ${change.grants === 1 ? 'grant' : 'grants'} paused`
      return reportReach(context, opened, change, { done, json })
    })
  },
}
