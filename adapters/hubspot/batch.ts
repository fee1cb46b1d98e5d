import type { Call, Projected } from '../operation.ts'

/** the most that HubSpot takes in one batch */
export const MAX_INPUTS = 100

/** HubSpot's answer to a batch, with 207 if something is lost: that stands together in one error, whatever the reason */
export function toBatch(
  results: readonly unknown[],
  lost: readonly string[],
  { now }: Pick<Call, 'now'>,
  reason: { readonly category: string; readonly message: string } = NOT_FOUND,
  status?: 201,
): Extract<Projected, { ok: true }> {
  const at = new Date(now * 1000).toISOString()
  const errors = { status: 'error', ...reason, context: { ids: lost } }
  const body = {
    status: 'COMPLETE',
    results,
    startedAt: at,
    completedAt: at,
    ...(lost.length > 0 && { numErrors: 1, errors: [errors] }),
  }
  return { ok: true, body, status: lost.length > 0 ? 207 : status }
}

export const NOT_FOUND: { readonly category: string; readonly message: string } = {
  category: 'OBJECT_NOT_FOUND',
  message: 'some of these are not there, or may not be seen',
}
