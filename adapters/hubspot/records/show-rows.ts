import type { Call } from '../../operation.ts'
import type { ObjectType } from '../object-types.ts'
import type { Shown } from './filled-page.ts'
import { readFacts, readRecords } from './read.ts'
import type { CrmRecord } from './record.ts'
import { projectRecord, viewRecord, type View, type Wanted } from './view.ts'

/** what may be seen of each record, or undefined; the record is as HubSpot has it now */
export async function viewAll(
  type: ObjectType,
  records: readonly (CrmRecord | undefined)[],
  wanted: Wanted,
  call: Call,
): Promise<readonly (View | undefined)[]> {
  const views: (View | undefined)[] = []
  for (const record of records) {
    if (record === undefined) views.push(undefined)
    else {
      const viewed = viewRecord(type, record, await readFacts(type, record, call), wanted, call)
      views.push(viewed.ok ? viewed.view : undefined)
    }
  }
  return views
}

export function toShown(view: View | undefined): Shown | undefined {
  return view && { body: projectRecord(view), actions: view.actions }
}

/**
 * Rows that a search found. Its index is behind: whose a record is and what stands in it is read again, each by its id, and that is
 * judged and shown.
 */
export async function showFound(
  type: ObjectType,
  ids: readonly string[],
  wanted: Wanted,
  call: Call,
): Promise<readonly (Shown | undefined)[]> {
  const names = [...wanted.properties, ...wanted.foundBy]
  const records = await readRecords(type, ids, names, call)
  const views = await viewAll(
    type,
    ids.map((id) => records.get(id)),
    wanted,
    call,
  )
  return views.map(toShown)
}
