import { defaultType } from './association-requests.ts'
import type { Crm } from './crm.ts'
import { toObject, toTexts } from './json.ts'
import { findType } from './object-types.ts'
import type { RecordedRequest } from './recorded-request.ts'
import type { Matched } from './router.ts'
import { linkViews } from './routes/associations.ts'
import { recordView, shownOf } from './views.ts'

/** another record as the request would have shown it: of the type that was asked for, or as an end of an association */
export function otherRecord(
  crm: Crm,
  request: RecordedRequest,
  { params, dialect, route }: Matched,
  id: string,
): unknown {
  const { type, from, to } = params
  if (type !== undefined) {
    const shown = shownOf(request.query)
    const named = toTexts(toObject(request.json)['properties'])
    const properties = shown.properties ?? (named.length > 0 ? named : undefined)
    return recordView(crm, crm.require(type, id), { ...shown, properties })
  }
  if (from === undefined || to === undefined) return { id }
  const types = new Set([defaultType(findType(from), findType(to))])
  const [link] = linkViews({ dialect }, id, types)
  return route.name === 'association-batch.read' ? { from: { id }, to: [link] } : link
}
