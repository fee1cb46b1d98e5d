import type { Approval, Capability, Limit } from '../../../capabilities/index.ts'

/** as much as the form of a change offers for each number; more than anybody needs, and what the vocabulary can still say */
const MOST = {
  amount: 999_999_999,
  count: 999_999,
  days: 3_650,
  recipients: 100,
  results: 10_000,
  batch: 100,
} as const

/**
 * One row of a grant as wide as its buyer may make it again: the questions of the consent page, asked about this, have room in both
 * directions, and show what she has now. What is not said in the row stays unsaid.
 */
export function ceilingOf(row: Capability): Capability {
  const { amount, approval, limits, newer_than_days: days, recipients, body } = row
  const { max_results: results, batch_max: batch, attachments, charge_age_days: age } = row
  return {
    ...withoutAsking(row, approval),
    ...(amount !== undefined && { amount: { ...amount, max: MOST.amount } }),
    ...(limits !== undefined && {
      limits: limits.map((one) => (isAsked(row, one) ? raise(one) : one)),
    }),
    ...(days !== undefined && { newer_than_days: MOST.days }),
    ...(age !== undefined && { charge_age_days: MOST.days }),
    ...(recipients?.max !== undefined && { recipients: { ...recipients, max: MOST.recipients } }),
    ...(results !== undefined && { max_results: MOST.results }),
    ...(batch !== undefined && { batch_max: MOST.batch }),
    ...(attachments !== undefined && { attachments: 'any' as const }),
    ...(hasLinksAsked(row) && { body: { ...body, links: 'any' as const } }),
  }
}

/** what it asks for first becomes a question of the form; what a connected account is changed in is always asked for */
function withoutAsking(row: Capability, approval: Approval | undefined): Capability {
  if (row.actions.includes('accounts.update')) return row
  const { approval: _, ...silent } = row
  // above nothing is each time
  if (approval === undefined || approval === 'always' || approval.amount_over === 0) return silent
  if (approval.amount_over !== undefined) {
    return { ...silent, approval: { amount_over: MOST.amount } }
  }
  const { new_recipient: stranger, echo } = approval
  const unasked: Approval = {
    ...(stranger && row.recipients?.domains === undefined && { new_recipient: stranger }),
    ...(echo && row.body?.echo !== undefined && { echo }),
  }
  return Object.keys(unasked).length === 0 ? silent : { ...silent, approval: unasked }
}

/** INVARIANT: what the form has no question about stays what it is: raised, it would widen the grant by whatever else is posted */
function isAsked({ type }: Capability, { amount }: Limit): boolean {
  return type !== 'stripe' || amount !== undefined
}

/** of a record there is only the question whether it may have links at all */
function hasLinksAsked({ type, body }: Capability): boolean {
  return body?.links !== undefined && (type === 'gmail' || body.links === 'none')
}

function raise(limit: Limit): Limit {
  if (limit.amount !== undefined) return { ...limit, amount: MOST.amount }
  if (limit.calls !== undefined) return { ...limit, calls: MOST.count }
  if (limit.recipients !== undefined) return { ...limit, recipients: MOST.count }
  if (limit.new_recipients !== undefined) return { ...limit, new_recipients: MOST.count }
  return limit
}
