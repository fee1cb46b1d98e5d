import type { HubspotObject } from '../../capabilities/index.ts'
import type { Route } from '../operation.ts'
import { pathSpellings } from './object-types.ts'

/** the dated versions whose shapes are v3's; others are refused until somebody has looked at them */
const DATES = ['2025-09', '2026-03', '2026-09'] as const

/** of a route's answer: ids of associations as numbers (`v4`), as text (`dated`), or the older shape (`v3`) */
export type Dialect = 'v3' | 'v4' | 'dated'

interface Prefix {
  readonly path: string
  readonly dialect: Dialect
}

/** `/crm/v3/owners`, `/crm/owners/2026-03` */
export function prefixesOf(area: string, versions: readonly ('v3' | 'v4')[] = ['v3']): Prefix[] {
  return [
    ...versions.map((version) => ({ path: `/crm/${version}/${area}`, dialect: version })),
    ...DATES.map((date) => ({ path: `/crm/${area}/${date}`, dialect: 'dated' as const })),
  ]
}

/** one act in every dialect and under every name of its object type; `rest` is what stands behind the type */
export function objectRoutes(
  object: HubspotObject,
  method: Route['method'],
  rest: string,
  versions: readonly ('v3' | 'v4')[] = ['v3'],
): [Route, ...Route[]] {
  return typeRoutes('objects', object, method, rest, versions)
}

export function typeRoutes(
  area: string,
  object: HubspotObject,
  method: Route['method'],
  rest: string,
  versions?: readonly ('v3' | 'v4')[],
): [Route, ...Route[]] {
  return some(
    prefixesOf(area, versions).flatMap(({ path, dialect }) =>
      pathSpellings(object).map((spelling) => ({
        method,
        template: `${path}/${spelling}${rest}`,
        dialect,
      })),
    ),
  )
}

export function some(routes: readonly Route[]): [Route, ...Route[]] {
  const [first, ...others] = routes
  if (first === undefined) throw new TypeError('an operation has a route')
  return [first, ...others]
}

export function dialectOf(dialect: string): Dialect {
  return dialect === 'v4' || dialect === 'dated' ? dialect : 'v3'
}
