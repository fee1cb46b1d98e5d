import { resumeGrant } from '../state/pause.ts'
import { parseArguments, UsageError, type Command } from './command.ts'
import { assertStands, reportReach } from './standing.ts'
import { withDatabase } from './with-database.ts'

export const resumeCommand: Command = {
  name: 'resume',
  usage: 'resume <grant id> [--json]',
  summary: 'lets a paused grant work again, with the tokens that it has',
  async run(args, context) {
    const { positionals, flag } = parseArguments(args, { json: { type: 'boolean' } })
    const [grantId] = positionals
    if (grantId === undefined || positionals.length !== 1) {
      throw new UsageError('say which grant to resume')
    }
    return withDatabase(context, async (opened) => {
      const { db } = opened.database
      await assertStands(db, grantId)
      const change = await resumeGrant(db, grantId)
      const json = flag('json')
      if (change === undefined) {
        if (json) context.print(JSON.stringify({ grants: 0 }))
        else context.print('nothing was resumed: the grant was not paused')
        return 0
      }
      return reportReach(context, opened, change, { done: '1 grant resumed', json })
    })
  },
}
