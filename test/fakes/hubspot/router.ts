import type { Dialect, Route } from './call.ts'
import { ASSOCIATION_BATCH_ROUTES } from './routes/association-batches.ts'
import { ASSOCIATION_ROUTES } from './routes/associations.ts'
import { BATCH_ROUTES } from './routes/batch.ts'
import { findDanger } from './routes/dangerous.ts'
import { ACCOUNT_ROUTES, DIRECTORY_ROUTES, USER_ROUTES } from './routes/directory.ts'
import { LIST_ROUTES } from './routes/lists.ts'
import { OBJECT_ROUTES } from './routes/objects.ts'
import { PROPERTY_ROUTES } from './routes/properties.ts'

export interface Matched {
  readonly route: Route
  readonly dialect: Dialect
  readonly params: Readonly<Record<string, string>>
}

/** what stands below `/crm/v3/{area}`, `/crm/v4/{area}`, `/crm/{area}/v3` and `/crm/{area}/2026-03` */
const AREAS: Readonly<Record<string, readonly Route[]>> = {
  objects: [...BATCH_ROUTES, ...ASSOCIATION_ROUTES, ...OBJECT_ROUTES],
  associations: ASSOCIATION_BATCH_ROUTES,
  properties: PROPERTY_ROUTES,
  pipelines: DIRECTORY_ROUTES.pipelines,
  owners: DIRECTORY_ROUTES.owners,
  lists: LIST_ROUTES,
}

/**
 * Finds the operation as leniently as a web server might: dot segments and encoded slashes are resolved, empty segments and a
 * trailing slash passed over. A path that a front forwards without rebuilding it ends up wherever it really points.
 */
export function matchRoute(verb: string, target: string): Matched | undefined {
  const segments = resolveSegments(target)
  const place = placeOf(segments)
  for (const route of place?.routes ?? []) {
    if (!place || route.verb !== verb || !route.dialects.includes(place.dialect)) continue
    const params = matchTemplate(route.template, place.rest)
    if (params) return { route, dialect: place.dialect, params }
  }
  const danger = findDanger(verb, segments.join('/'))
  return danger && { route: danger, dialect: 'v3', params: {} }
}

interface Place {
  readonly routes: readonly Route[]
  readonly dialect: Dialect
  readonly rest: readonly string[]
}

function placeOf(segments: readonly string[]): Place | undefined {
  const [first = '', second = '', third = '', ...rest] = segments
  if (first === 'settings' && [second, third].includes('users')) {
    return { routes: USER_ROUTES, dialect: 'v3', rest }
  }
  if (first === 'account-info') {
    return { routes: ACCOUNT_ROUTES, dialect: 'v3', rest: segments.slice(2) }
  }
  if (first !== 'crm') return undefined
  const before = dialectOf(second)
  const after = dialectOf(third)
  const dialect = before ?? after
  const routes = AREAS[before ? third : second]
  return dialect && routes ? { routes, dialect, rest } : undefined
}

function dialectOf(version: string): Dialect | undefined {
  if (version === 'v3' || version === 'v4') return version
  return /^20\d\d-\d\d(-beta)?$/.test(version) ? 'dated' : undefined
}

function resolveSegments(target: string): string[] {
  const path = new URL(target, 'http://hubspot.invalid').pathname
  const resolved: string[] = []
  for (const segment of decodeLeniently(path).split('/')) {
    if (segment === '..') resolved.pop()
    else if (segment !== '' && segment !== '.') resolved.push(segment)
  }
  return resolved
}

function decodeLeniently(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function matchTemplate(
  template: string,
  segments: readonly string[],
): Record<string, string> | undefined {
  const wanted = template === '' ? [] : template.split('/')
  if (wanted.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, pattern] of wanted.entries()) {
    const segment = segments[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(pattern)?.[1]
    if (name === undefined && pattern !== segment) return undefined
    if (name !== undefined) params[name] = segment
  }
  return params
}
