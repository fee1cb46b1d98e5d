import type { Operation, Route } from './operation.ts'

/**
 * Exact, case-sensitive matching on raw segments: no decoding, no trailing slash, no alternatives. A general router also
 * matches `/V1/x`, `/x/`, `a%2Fb`, and would decide about another request than the one that is sent.
 */
export interface Match {
  readonly operation: Operation
  readonly route: Route
  readonly ids: Readonly<Record<string, string>>
}

interface CompiledRoute {
  readonly operation: Operation
  readonly route: Route
  /** literal segments, or undefined where an id stands */
  readonly literals: readonly (string | undefined)[]
  readonly names: readonly (string | undefined)[]
}

export interface Matcher {
  match(method: string, path: string): Match | undefined
}

export function createMatcher(operations: readonly Operation[]): Matcher {
  const byShape = new Map<string, CompiledRoute[]>()
  for (const operation of operations) {
    for (const route of operation.routes) {
      const compiled = compile(operation, route)
      const shape = `${route.method} ${compiled.literals.length}`
      const routes = byShape.get(shape) ?? []
      routes.push(compiled)
      byShape.set(shape, routes)
    }
  }
  return {
    match(method, path) {
      const segments = path.split('/')
      for (const candidate of byShape.get(`${method} ${segments.length}`) ?? []) {
        const ids = fit(candidate, segments)
        if (ids) return { operation: candidate.operation, route: candidate.route, ids }
      }
      return undefined
    },
  }
}

function compile(operation: Operation, route: Route): CompiledRoute {
  const segments = route.template.split('/')
  const names = segments.map((segment) => /^\{(\w+)\}$/.exec(segment)?.[1])
  const literals = segments.map((segment, index) =>
    names[index] === undefined ? segment : undefined,
  )
  return { operation, route, literals, names }
}

function fit(
  route: CompiledRoute,
  segments: readonly string[],
): Record<string, string> | undefined {
  for (let index = 0; index < segments.length; index++) {
    const literal = route.literals[index]
    // an empty segment is a trailing or doubled slash, never an id
    if (literal === undefined ? segments[index] === '' : literal !== segments[index])
      return undefined
  }
  const ids: Record<string, string> = {}
  for (let index = 0; index < segments.length; index++) {
    const name = route.names[index]
    if (name !== undefined) ids[name] = segments[index] ?? ''
  }
  return ids
}
