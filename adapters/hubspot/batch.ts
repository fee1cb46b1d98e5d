import type { Call } from '../operation.ts'

/** the most that HubSpot takes in one batch */
export const MAX_INPUTS = 100

/** HubSpot's answer to a batch; what is lost stands together in one error, whatever the reason */
export function toBatch(
  results: readonly unknown[],
  lost: readonly string[],
  { now }: Pick<Call, 'now'>,
  reason: { readonly category: string; readonly message: string } = NOT_FOUND,
): Record<string, unknown> {
  const at = new Date(now * 1000).toISOString()
  const errors = { status: 'error', ...reason, context: { ids: lost } }
  return {
    status: 'COMPLETE',
    results,
    startedAt: at,
    completedAt: at,
    ...(lost.length > 0 && { numErrors: 1, errors: [errors] }),
  }
}

const NOT_FOUND = {
  category: 'OBJECT_NOT_FOUND',
  message: 'some of these are not there, or may not be seen',
}
