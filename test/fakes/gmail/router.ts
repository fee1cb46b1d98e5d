import type { Route } from './call.ts'
import { ROUTES } from './routes/index.ts'

export interface Matched {
  readonly route: Route
  readonly userId: string
  readonly params: Readonly<Record<string, string>>
  readonly isUpload: boolean
}

/**
 * Finds the method as leniently as a web server might: dot segments and encoded slashes are resolved, empty segments and a
 * trailing slash passed over. A path that a front forwards without rebuilding it ends up wherever it really points.
 */
export function matchRoute(verb: string, target: string): Matched | undefined {
  const segments = resolveSegments(target)
  const isUpload = segments[0] === 'upload' || segments[0] === 'resumable'
  if (isUpload) segments.shift()
  const [api, version, users, userId, ...rest] = segments
  if (api !== 'gmail' || version !== 'v1' || users !== 'users' || userId === undefined)
    return undefined
  for (const route of ROUTES) {
    const params = route.verb === verb ? matchTemplate(route.template, rest) : undefined
    if (params) return { route, userId, params, isUpload }
  }
  return undefined
}

function resolveSegments(target: string): string[] {
  const path = new URL(target, 'http://gmail.invalid').pathname
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
  const wanted = template.split('/')
  if (wanted.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, pattern] of wanted.entries()) {
    const segment = segments[index] ?? ''
    const match = /^\{(\w+)\}(:\w+)?$/.exec(pattern)
    if (!match) {
      if (pattern !== segment) return undefined
      continue
    }
    const [, name = '', suffix = ''] = match
    if (!segment.endsWith(suffix)) return undefined
    params[name] = segment.slice(0, segment.length - suffix.length)
  }
  return params
}
