import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import {
  listDecided,
  listWaiting,
  listWaitingIds,
  MAX_CARDS_OF_A_KIND,
  type ShownApproval,
} from '../state/approvals.ts'

/** an approval, and what the agent that asks calls itself */
export interface ListedApproval extends ShownApproval {
  readonly clientName: string | undefined
}

/** what waits of one grant and one operation */
export interface WaitingKind {
  readonly grantId: string
  readonly operation: string
  readonly approvals: readonly [ListedApproval, ...ListedApproval[]]
  /** more than anybody should be asked for one by one */
  readonly isTooMany: boolean
}

export interface ApprovalList {
  readonly kinds: readonly WaitingKind[]
  readonly waiting: number
  readonly decided: readonly ListedApproval[]
  /** changes when what waits does */
  readonly state: string
}

const decidedShown = 20

export async function listApprovals(db: Kysely<Database>, buyerId: string): Promise<ApprovalList> {
  const [waiting, decided] = [
    await listWaiting(db, buyerId),
    await listDecided(db, buyerId, decidedShown),
  ]
  const names = await findClientNames(db, [...waiting, ...decided])
  const withName = (one: ShownApproval): ListedApproval => ({
    ...one,
    clientName: names.get(one.client_id ?? ''),
  })
  return {
    kinds: toKinds(waiting.map(withName)),
    waiting: waiting.length,
    decided: decided.map(withName),
    state: toState(waiting.map(({ id }) => id)),
  }
}

export async function readWaitingState(
  db: Kysely<Database>,
  buyerId: string,
): Promise<{ waiting: number; state: string }> {
  const ids = await listWaitingIds(db, buyerId)
  return { waiting: ids.length, state: toState(ids) }
}

function toState(ids: readonly string[]): string {
  return createHash('sha256').update(ids.toSorted().join(' ')).digest('base64url').slice(0, 16)
}

/** the kind whose first one has waited longest comes first */
function toKinds(waiting: readonly ListedApproval[]): WaitingKind[] {
  const kinds = Map.groupBy(waiting, (one) => JSON.stringify([one.grant_id, one.operation]))
  return [...kinds.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [
          {
            grantId: first.grant_id,
            operation: first.operation,
            approvals: [first, ...others] as const,
            isTooMany: 1 + others.length > MAX_CARDS_OF_A_KIND,
          },
        ],
  )
}

/** a client whose metadata lives elsewhere has no name here */
async function findClientNames(
  db: Kysely<Database>,
  approvals: readonly ShownApproval[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(approvals.flatMap(({ client_id: id }) => (id === null ? [] : [id])))]
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('oidc_payloads')
    .select(['id', sql<string | null>`payload->>'client_name'`.as('client_name')])
    .where('model', '=', 'Client')
    .where('id', 'in', ids)
    .execute()
  return new Map(
    rows.flatMap((row) => (row.client_name === null ? [] : [[row.id, row.client_name]])),
  )
}
