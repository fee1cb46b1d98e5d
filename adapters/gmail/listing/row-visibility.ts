import type { Call } from '../../operation.ts'
import type { ListedRows } from './listed-rows.ts'
import { toRowFacts, type Row } from './row.ts'
import { visibilityOfFacts, type Visibility } from '../readable.ts'

export interface SeenRow {
  readonly visibility: Visibility
  readonly row: Row
}

/**
 * Whether a listed message may be seen, by its metadata. Metadata does not tell whether there is an attachment; only where
 * the decision hangs on that, the whole message is fetched.
 */
export async function rowVisibility(
  row: Row,
  rows: Pick<ListedRows, 'whole'>,
  call: Call,
): Promise<SeenRow> {
  const decide = (seen: Row, hasAttachment: boolean): SeenRow => ({
    visibility: visibilityOfFacts(toRowFacts(seen, hasAttachment, call), call),
    row: seen,
  })
  if (row.hasAttachment !== undefined) return decide(row, row.hasAttachment)
  const without = decide(row, false)
  if (without.visibility === decide(row, true).visibility) return without
  const whole = await rows.whole(row.id)
  return whole === undefined
    ? { visibility: 'none', row }
    : decide(whole, whole.hasAttachment ?? false)
}
