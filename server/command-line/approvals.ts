import { decideApproval, listWaiting, type ShownApproval } from '../state/approvals.ts'
import { CommandError, parseArguments, UsageError, type Command } from './command.ts'
import { withDatabase } from './with-database.ts'

const STATUS = { approve: 'approved', deny: 'denied' } as const

export const approvalsCommand: Command = {
  name: 'approvals',
  usage: 'approvals list [--json] | approve <approval id> | deny <approval id>',
  summary: 'what waits for a yes, and the decision in its buyer’s place',
  async run(args, context) {
    const { positionals, flag } = parseArguments(args, { json: { type: 'boolean' } })
    const [verb, id] = positionals
    return withDatabase(context, async ({ database: { db } }) => {
      if (verb === 'list' && positionals.length === 1) {
        const waiting = await listWaiting(db, undefined)
        if (flag('json')) context.print(JSON.stringify(waiting))
        else for (const line of waiting.flatMap(toLines)) context.print(line)
        return 0
      }
      if ((verb !== 'approve' && verb !== 'deny') || id === undefined || positionals.length > 2) {
        throw new UsageError('list, or approve or deny one of them by its id')
      }
      const status = STATUS[verb]
      if (!(await decideApproval(db, { id, buyerId: undefined, status, by: 'operator' }))) {
        throw new CommandError(
          `\`${id}\` waits for no decision: there is none, it was decided, or it ran out`,
        )
      }
      context.print(
        status === 'approved'
          ? `${id} approved: the same call passes once`
          : `${id} denied: it is not done`,
      )
      return 0
    })
  },
}

/** an agent chose some of it: on a terminal, nothing but printable characters of one line */
function toLines({ id, operation, card, asked_at: askedAt }: ShownApproval): string[] {
  const head = `${id}  ${operation}  asked ${askedAt.toISOString()}`
  const rows = card.rows.map(({ label, value, from }) => {
    const text = printable(value)
    return `    ${label}: ${from === 'agent' ? `"${text}"` : text}`
  })
  return [head, `  ${printable(card.title)}`, ...rows]
}

const MAX_SHOWN = 300

function printable(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line
}
