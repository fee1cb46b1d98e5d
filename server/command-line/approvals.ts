import type { Kysely } from 'kysely'
import type { ApprovalRow } from '../../adapters/ports.ts'
import { toAgentText } from '../console/agent-text.ts'
import type { Database } from '../database/schema.ts'
import {
  decideApproval,
  findShown,
  listWaiting,
  statusOf,
  type ShownApproval,
} from '../state/approvals.ts'
import { CommandError, parseArguments, UsageError, type Command } from './command.ts'
import { requireBuyer } from './find-buyer.ts'
import { withDatabase } from './with-database.ts'

const VERBS = { approve: 'approved', deny: 'denied' } as const

export const approvalsCommand: Command = {
  name: 'approvals',
  usage: 'approvals list [--buyer <email>] | approve <id> | deny <id> [--json]',
  summary: 'what waits for a buyer’s yes, and the operator’s decision in the buyer’s place',
  async run(args, context) {
    const { positionals, text, flag } = parseArguments(args, {
      buyer: { type: 'string' },
      json: { type: 'boolean' },
    })
    const [verb, id] = positionals
    const email = text('buyer')
    if (verb === 'list' && positionals.length === 1) {
      return withDatabase(context, async ({ database: { db } }) => {
        const buyerId = email === undefined ? undefined : await requireBuyer(db, email)
        const waiting = await listWaiting(db, buyerId)
        if (flag('json')) context.print(JSON.stringify(waiting.map(toJson)))
        else if (waiting.length === 0) context.note('nothing waits')
        else for (const one of waiting) context.print(describe(one))
        return 0
      })
    }
    if ((verb !== 'approve' && verb !== 'deny') || id === undefined || positionals.length !== 2) {
      throw new UsageError('say what to do: list, approve <id> or deny <id>')
    }
    if (email !== undefined) throw new UsageError('--buyer is for `list`: an id is one buyer’s')
    return withDatabase(context, async ({ database: { db } }) => {
      const status = VERBS[verb]
      await decide(db, id, status)
      context.print(flag('json') ? JSON.stringify({ id, status }) : `approval ${id} ${status}`)
      return 0
    })
  },
}

async function decide(
  db: Kysely<Database>,
  id: string,
  status: 'approved' | 'denied',
): Promise<void> {
  if (await decideApproval(db, { id, buyerId: undefined, status, by: 'operator' })) return
  const found = await findShown(db, id)
  if (found === undefined) {
    throw new CommandError(`there is no approval \`${id}\`: remit approvals list`)
  }
  const state = statusOf(found)
  const why = state === 'pending' ? 'its grant was revoked' : `it is ${state}`
  throw new CommandError(`\`${id}\` does not wait any more: ${why}`)
}

/** the agent's words go to a terminal: control characters in them would speak to it */
function describe(one: ShownApproval): string {
  return [
    `${one.id}  ${toAgentText(one.card.title, 200)}`,
    `  asked by ${toAgentText(one.client_id ?? 'an agent without a client', 200)} under grant ${one.grant_id}`,
    `  ${one.operation}, asked ${one.asked_at.toISOString()}, ends ${one.expires_at.toISOString()}`,
    ...one.card.rows.map(describeRow),
  ].join('\n')
}

function describeRow({ label, value, from }: ApprovalRow): string {
  const words = toAgentText(value, 2_000)
  const said = from === 'agent' ? `the agent’s words: “${words}”` : words
  return `    ${toAgentText(label, 80)}: ${said}`
}

function toJson(one: ShownApproval): Record<string, unknown> {
  return {
    id: one.id,
    status: statusOf(one),
    grant_id: one.grant_id,
    client_id: one.client_id,
    provider: one.provider,
    operation: one.operation,
    card: one.card,
    asked_at: one.asked_at.toISOString(),
    expires_at: one.expires_at.toISOString(),
  }
}
