import { invalid } from './errors.ts'
import type { Row } from './row.ts'
import type { Shop } from './shop.ts'

const MAX_DEPTH = 4

/** puts the thing where its id stands, along each path; lists inside are gone through by `data` */
export function expand(shop: Shop, value: unknown, paths: readonly string[]): unknown {
  return paths.reduce((expanded, path) => {
    const keys = path.split('.')
    if (keys.length > MAX_DEPTH) {
      throw invalid(`You cannot expand more than ${MAX_DEPTH} levels of a property: ${path}`)
    }
    return along(shop, expanded, keys, path)
  }, value)
}

function along(shop: Shop, value: unknown, keys: readonly string[], path: string): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return whole(shop, value)
  if (Array.isArray(value)) return value.map((item) => along(shop, item, keys, path))
  const thing = whole(shop, value)
  if (typeof thing !== 'object' || thing === null) return thing
  if (!Object.hasOwn(thing, key)) {
    throw invalid(`This property cannot be expanded (${path}).`, undefined, 'expand')
  }
  const row = thing as Record<string, unknown>
  return { ...row, [key]: along(shop, row[key], rest, path) }
}

function whole(shop: Shop, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => whole(shop, item))
  const row: Row | undefined = typeof value === 'string' ? shop.lookUp(value) : undefined
  return row ?? value
}
