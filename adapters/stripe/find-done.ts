import type { JsonObject, Reader } from '../operation.ts'
import { CALL_MARK } from './call-mark.ts'
import { isRecord } from '../is-record.ts'
import { unexpected } from './reading/resource.ts'

/** a call is found by the mark that it carries; Stripe's lists are consistent, its search is not */
export async function findDone(trace: JsonObject, key: string, reader: Reader): Promise<unknown> {
  const { kind, charge } = trace
  if (kind !== 'refund' || typeof charge !== 'string') throw new TypeError('an unknown trace')
  let cursor: string | undefined
  for (;;) {
    const more = cursor === undefined ? [] : [['starting_after', cursor] as const]
    const page = await reader.read(['refunds'], [['charge', charge], ['limit', '100'], ...more])
    if (!isRecord(page) || !Array.isArray(page['data'])) throw unexpected('no list of refunds')
    const rows = page['data'].filter(isRecord)
    const found = rows.find(
      (row) => isRecord(row['metadata']) && row['metadata'][CALL_MARK] === key,
    )
    if (found !== undefined) return found
    const last = rows.at(-1)?.['id']
    if (page['has_more'] !== true || typeof last !== 'string') return undefined
    cursor = last
  }
}
