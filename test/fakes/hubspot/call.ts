import type { Crm } from './crm.ts'
import type { JsonObject } from './json.ts'
import { findType, type ObjectType } from './object-types.ts'

/** the way in which a request was written: HubSpot has several for the same act */
export type Dialect = 'v3' | 'v4' | 'dated'

/** one request on its way to an operation, already authorised and decoded */
export interface Call {
  readonly crm: Crm
  /** whose the credential is */
  readonly portalId: string
  readonly params: Readonly<Record<string, string>>
  readonly dialect: Dialect
  readonly query: URLSearchParams
  readonly json: JsonObject
  /** the body as it was read, for what takes a list */
  readonly body: unknown
  readonly bodyLength: number
  readonly target: string
  readonly now: number
}

export interface Answer {
  readonly status: number
  /** left out: an answer without a body */
  readonly json?: unknown
}

export interface Route {
  /** what tests call it: `objects.search` */
  readonly name: string
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** below the area's own path, see router.ts */
  readonly template: string
  readonly isRead: boolean
  readonly dialects: readonly Dialect[]
  readonly run: (call: Call) => Answer
}

const ALL: readonly Dialect[] = ['v3', 'v4', 'dated']

export function read(
  name: string,
  path: `${'GET' | 'POST'} ${string}`,
  run: Route['run'],
  dialects: readonly Dialect[] = ALL,
): Route {
  return { ...split(path), name, isRead: true, dialects, run }
}

export function effect(
  name: string,
  path: `${Route['verb']} ${string}`,
  run: Route['run'],
  dialects: readonly Dialect[] = ALL,
): Route {
  return { ...split(path), name, isRead: false, dialects, run }
}

function split(path: string): Pick<Route, 'verb' | 'template'> {
  const [verb = '', template = ''] = path.split(' ')
  return { verb: verb as Route['verb'], template }
}

export function ok(json: unknown): Answer {
  return { status: 200, json }
}

export function created(json: unknown): Answer {
  return { status: 201, json }
}

export function noContent(): Answer {
  return { status: 204 }
}

export function param(call: Call, name: string): string {
  return call.params[name] ?? ''
}

export function typeOf(call: Call, name = 'type'): ObjectType {
  return findType(param(call, name))
}
