import { StripeRefusal, unknownUrl } from './errors.ts'
import { expand } from './expand.ts'
import { parseForm } from './form.ts'
import { list, readParams, text, type Params, type Spec } from './kinds.ts'
import type { Shop } from './shop.ts'

export interface Call<S extends Spec> {
  readonly shop: Shop
  readonly path: string
  /** what stands in the braces of the template */
  readonly ids: Readonly<Record<string, string>>
  readonly params: Params<S>
}

type Method = 'GET' | 'POST' | 'DELETE'

export interface Route {
  readonly method: Method
  readonly template: string
  /** the answer to parameters as they were sent */
  run(shop: Shop, path: string, ids: Readonly<Record<string, string>>, form: string): unknown
}

const EXPAND = { expand: list(text) } as const

/** a method of Stripe's: every parameter that it knows, and what it does; `expand` all of them know */
export function route<const S extends Spec>(
  method: Method,
  template: string,
  spec: S,
  handle: (call: Call<S>) => unknown,
): Route {
  return {
    method,
    template,
    run(shop, path, ids, form) {
      const { expand: paths = [], ...params } = readParams({ ...spec, ...EXPAND }, parseForm(form))
      const done = handle({ shop, path, ids, params: params as Params<S> })
      return expand(shop, done, paths as readonly string[])
    },
  }
}

/**
 * Exactly as it is spelled: no dot segment, no second slash, nothing percent-encoded. What a front forwards in another spelling is
 * no method here.
 */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; ids: Record<string, string> } {
  const segments = path.split('/')
  let isKnownPath = false
  for (const one of routes) {
    const ids = match(one.template.split('/'), segments)
    if (ids === undefined) continue
    if (one.method === method) return { route: one, ids }
    isKnownPath = true
  }
  if (!isKnownPath) throw unknownUrl(method, path)
  throw new StripeRefusal(405, 'invalid_request_error', undefined, `${method} is not allowed here`)
}

function match(
  template: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined
  const ids: Record<string, string> = {}
  for (const [index, wanted] of template.entries()) {
    const segment = segments[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(wanted)?.[1]
    if (name === undefined ? wanted !== segment : !/^[A-Za-z0-9_]+$/.test(segment)) return undefined
    if (name !== undefined) ids[name] = segment
  }
  return ids
}
