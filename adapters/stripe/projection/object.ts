import { CALL_MARK } from '../call-mark.ts'
import { isRecord } from '../../is-record.ts'
import { SHOWN, SHOWN_LISTS } from './shown.ts'

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
  const fields = typeof type === 'string' && Object.hasOwn(SHOWN, type) ? SHOWN[type] : undefined
  if (fields === undefined) return undefined
  const shown: Record<string, unknown> = { id: object['id'], object: type }
  if (object['deleted'] === true) return { ...shown, deleted: true }
  for (const field of fields) {
    if (!(field in object)) continue
    const value =
      field === 'metadata'
        ? projectMetadata(object[field])
        : project(object[field], field, expansions)
    if (value !== undefined) shown[field] = value
  }
  return shown
}

function project(value: unknown, path: string, expansions: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => project(item, path, expansions) ?? null)
  if (!isRecord(value)) return value
  if (typeof value['object'] !== 'string') return projectPlain(value, path, expansions)
  if (value['object'] === 'list') return projectList(value, path, expansions)
  const inner = expansionsBelow(path, expansions)
  if (expansions.includes(path) || inner.length > 0) {
    return projectObject(value, inner) ?? value['id']
  }
  return value['id']
}

/** most lists inside a thing are not shown: each has an address of its own */
function projectList(
  { data, has_more: hasMore }: Readonly<Record<string, unknown>>,
  path: string,
  expansions: readonly string[],
): Record<string, unknown> | undefined {
  if (!SHOWN_LISTS.includes(path) || !Array.isArray(data)) return undefined
  const inner = expansionsBelow(`${path}.data`, expansions)
  const rows = data.flatMap((row) => projectObject(row, inner) ?? [])
  return { object: 'list', data: rows, has_more: hasMore === true }
}

function expansionsBelow(path: string, expansions: readonly string[]): string[] {
  return expansions
    .filter((one) => one.startsWith(`${path}.`))
    .map((one) => one.slice(path.length + 1))
}

/** a group of values without a type: small, and of what is listed only; names that hold secrets anywhere are left out */
function projectPlain(
  value: Readonly<Record<string, unknown>>,
  path: string,
  expansions: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      if (SECRET.test(name)) return []
      const shown = project(inner, `${path}.${name}`, expansions)
      return shown === undefined ? [] : [[name, shown]]
    }),
  )
}

/** what lets somebody in, or what a card network keeps to itself */
const SECRET = /secret|token|url|fingerprint|password|^pdf$|_pdf$/

/** names and texts of the shop's own, and of the agents': never read as anything of Stripe's */
function projectMetadata(metadata: unknown): Record<string, string> | undefined {
  if (!isRecord(metadata)) return undefined
  const texts = Object.entries(metadata).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== CALL_MARK,
  )
  return Object.fromEntries(texts)
}
