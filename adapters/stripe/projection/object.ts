import { CALL_MARK } from '../call-mark.ts'
import { isRecord } from '../record.ts'
import { SHOWN } from './shown.ts'

/**
 * A Stripe object as an agent may see it: the fields of its type that are listed and no others; what is embedded becomes its id
 * unless it was asked for by `expand` and granted. So no secret, no link that lets its bearer in, and nothing that an older
 * version embeds comes through because nobody thought of it.
 */
export function projectObject(
  object: unknown,
  expansions: readonly string[],
): Record<string, unknown> | undefined {
  if (!isRecord(object)) return undefined
  const type = object['object']
  const fields = typeof type === 'string' ? SHOWN[type] : undefined
  if (fields === undefined) return undefined
  const shown: Record<string, unknown> = { id: object['id'], object: type }
  if (object['deleted'] === true) return { ...shown, deleted: true }
  for (const field of fields) {
    if (!(field in object)) continue
    const value = project(object[field], field, expansions)
    if (value !== undefined) shown[field] = value
  }
  return shown
}

function project(value: unknown, path: string, expansions: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => project(item, path, expansions) ?? null)
  if (!isRecord(value)) return value
  if (typeof value['object'] !== 'string') return projectPlain(value, path, expansions)
  if (value['object'] === 'list') return projectEmbeddedList(value, path, expansions)
  const inner = expansions
    .filter((one) => one.startsWith(`${path}.`))
    .map((one) => one.slice(path.length + 1))
  if (expansions.includes(path) || inner.length > 0) {
    return projectObject(value, inner) ?? value['id']
  }
  return value['id']
}

/** a group of values without a type: small, and of what is listed only; names that hold secrets anywhere are left out */
function projectPlain(
  value: Readonly<Record<string, unknown>>,
  path: string,
  expansions: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      // ours, for finding a call again
      if (SECRET.test(name) || name === CALL_MARK) return []
      const shown = project(inner, `${path}.${name}`, expansions)
      return shown === undefined ? [] : [[name, shown]]
    }),
  )
}

/** what lets somebody in, or what a card network keeps to itself */
const SECRET = /secret|token|url|fingerprint|password|^pdf$|_pdf$/

function projectEmbeddedList(
  list: Readonly<Record<string, unknown>>,
  path: string,
  expansions: readonly string[],
): Record<string, unknown> {
  const data = Array.isArray(list['data']) ? list['data'] : []
  return {
    object: 'list',
    data: data.flatMap(
      (item) =>
        projectObject(
          item,
          expansions.filter((one) => one !== path),
        ) ?? [],
    ),
    has_more: list['has_more'] === true,
  }
}
