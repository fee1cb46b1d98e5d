import type { JsonObject, QueryPairs, Reader } from '../operation.ts'
import { CALL_MARK } from './call-mark.ts'
import { isRecord } from '../is-record.ts'
import { unexpected } from './reading/resource.ts'

/** how it is found out what became of a call whose answer was lost; kept with the call as JSON */
export type Trace =
  /** something new, which carries the call's mark and stands in this list */
  | { readonly kind: 'made'; readonly path: readonly string[]; readonly query: QueryPairs }
  /** something changed, which carries the mark now; `before`: the mark that it carried until then */
  | { readonly kind: 'marked'; readonly path: readonly string[]; readonly before: string | null }
  /** something whose state only this brings about, or what somebody else did to the same end */
  | {
      readonly kind: 'state'
      readonly path: readonly string[]
      readonly statuses: readonly string[]
    }
  /** something that leaves no trace at Stripe: it counts as done, so that no limit is spent twice */
  | { readonly kind: 'told'; readonly path: readonly string[] }

/** `account`: the connected one that the call is for */
export function toJson(trace: Trace, account: string | undefined): JsonObject {
  return { ...trace, ...(account !== undefined && { account }) } as unknown as JsonObject
}

/** what a call made or changed, as Stripe has it now; undefined: it was not done, or not yet */
export async function findDone(json: JsonObject, key: string, reader: Reader): Promise<unknown> {
  const trace = json as unknown as Trace
  switch (trace.kind) {
    case 'made':
      return findMade(trace, key, reader)
    case 'marked': {
      const object = await readObject(trace.path, reader)
      const mark = markOf(object)
      // another mark than before, and not ours: a later call has written over whatever this one did. Counted as done
      return mark === trace.before ? undefined : object
    }
    case 'state': {
      const object = await readObject(trace.path, reader)
      const status = object?.['status']
      return typeof status === 'string' && trace.statuses.includes(status) ? object : undefined
    }
    case 'told':
      return readObject(trace.path, reader)
    default:
      throw new TypeError('an unknown trace')
  }
}

/** Stripe's lists are consistent, its search is not */
async function findMade(
  { path, query }: Extract<Trace, { kind: 'made' }>,
  key: string,
  reader: Reader,
): Promise<unknown> {
  let cursor: string | undefined
  for (;;) {
    const more = cursor === undefined ? [] : [['starting_after', cursor] as const]
    const page = await reader.read(path, [...query, ['limit', '100'], ...more])
    if (!isRecord(page) || !Array.isArray(page['data'])) throw unexpected('no list')
    const rows = page['data'].filter(isRecord)
    const found = rows.find((row) => markOf(row) === key)
    if (found !== undefined) return found
    const last = rows.at(-1)?.['id']
    if (page['has_more'] !== true || typeof last !== 'string') return undefined
    cursor = last
  }
}

async function readObject(
  path: readonly string[],
  reader: Reader,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const object = await reader.read(path)
  return isRecord(object) ? object : undefined
}

/** the mark of the last call of ours that made or changed it */
export function markOf(object: Readonly<Record<string, unknown>> | undefined): string | null {
  const metadata = object?.['metadata']
  const mark = isRecord(metadata) ? metadata[CALL_MARK] : undefined
  return typeof mark === 'string' ? mark : null
}
