import { invalid, missing } from './errors.ts'
import { integer, range, text, type Kind, type Params, type Spec } from './kinds.ts'
import { route, type Call, type Route } from './route.ts'
import type { Row } from './row.ts'

interface Filter {
  readonly kind: Kind<unknown>
  readonly holds: (row: Row, value: unknown) => boolean
}
type Filters = Readonly<Record<string, Filter>>

/** a filter whose field has the name of the parameter */
export function equals(field: string, kind: Kind<unknown> = text): Filter {
  return { kind, holds: (row, value) => row[field] === value }
}

export function filter<T>(kind: Kind<T>, holds: (row: Row, value: T) => boolean): Filter {
  return { kind, holds: (row, value) => holds(row, value as T) }
}

const CURSORS = {
  limit: integer(1, 100),
  starting_after: text,
  ending_before: text,
  created: range,
} as const

/** `GET /v1/{resource}`: newest first, as the rows of the same second stand in the shop */
export function listRoute(
  template: string,
  resource: string,
  filters: Filters = {},
  rowsOf: (call: Call<Spec>) => readonly Row[] = ({ shop }) => shop.rows(resource),
): Route {
  const kinds = Object.fromEntries(Object.entries(filters).map(([name, { kind }]) => [name, kind]))
  return route('GET', template, { ...kinds, ...CURSORS }, (call) => {
    const { created, ...cursors } = call.params as Params<typeof CURSORS>
    const asked = call.params as Readonly<Record<string, unknown>>
    const rows = rowsOf(call)
      .filter((row) => created === undefined || created(Number(row['created'])))
      .filter((row) =>
        Object.entries(filters).every(
          ([name, { holds }]) => asked[name] === undefined || holds(row, asked[name]),
        ),
      )
      .toSorted((a, b) => Number(b['created']) - Number(a['created']))
    return { object: 'list', url: call.path, ...page(rows, cursors) }
  })
}

function page(
  rows: readonly Row[],
  {
    limit = 10,
    starting_after: after,
    ending_before: before,
  }: {
    limit?: number | undefined
    starting_after?: string | undefined
    ending_before?: string | undefined
  },
): object {
  if (after !== undefined && before !== undefined) {
    throw invalid('You can only use one of starting_after and ending_before', 'parameter_invalid')
  }
  const total = { total_count: rows.length }
  if (before !== undefined) {
    const end = placeOf(rows, before, 'ending_before')
    const from = Math.max(0, end - limit)
    return { has_more: from > 0, data: rows.slice(from, end), ...total }
  }
  const from = after === undefined ? 0 : placeOf(rows, after, 'starting_after') + 1
  return { has_more: from + limit < rows.length, data: rows.slice(from, from + limit), ...total }
}

function placeOf(rows: readonly Row[], id: string, param: string): number {
  const place = rows.findIndex((row) => row.id === id)
  if (place < 0) throw missing('object', id, param)
  return place
}

/** `GET /v1/{resource}/{id}` */
export function retrieveRoute(template: string, resource: string): Route {
  return route('GET', template, {}, ({ shop, ids }) => shop.find(resource, ids['id'] ?? ''))
}
