import { invalid } from './errors.ts'
import type { Raw } from './form.ts'

/** reads one parameter as what it has to be, or refuses it by its name */
export type Kind<T> = (value: Raw, name: string) => T
export type Spec = Readonly<Record<string, Kind<unknown>>>
export type Params<S extends Spec> = {
  readonly [K in keyof S]?: ReturnType<S[K]> | undefined
}

export function readParams<S extends Spec>(
  spec: S,
  form: ReadonlyMap<string, Raw>,
  within = '',
): Params<S> {
  const read: Record<string, unknown> = {}
  for (const [key, value] of form) {
    const name = within === '' ? key : `${within}[${key}]`
    const kind = Object.hasOwn(spec, key) ? spec[key] : undefined
    if (kind === undefined) {
      throw invalid(`Received unknown parameter: ${name}`, 'parameter_unknown', name)
    }
    read[key] = kind(value, name)
  }
  return read as Params<S>
}

/** the names that a request has to have */
export function demand<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value
  throw invalid(`Missing required param: ${name}.`, 'parameter_missing', name)
}

export const text: Kind<string> = (value, name) => {
  if (typeof value !== 'string') throw invalid(`Invalid string: ${name}`, undefined, name)
  if (value.length > 5_000) throw invalid(`Invalid string: ${name} is too long`, undefined, name)
  return value
}

/** an empty text unsets */
export const clearable: Kind<string | null> = (value, name) => text(value, name) || null

export const boolean: Kind<boolean> = (value, name) => {
  if (value === 'true' || value === 'false') return value === 'true'
  throw invalid(`Invalid boolean: ${name}`, 'parameter_invalid_boolean', name)
}

export function integer(min: number, max = 99_999_999): Kind<number> {
  return (value, name) => {
    const isInteger = typeof value === 'string' && /^(0|-?[1-9]\d{0,14})$/.test(value)
    if (!isInteger) throw invalid('Invalid integer', 'parameter_invalid_integer', name)
    const number = Number(value)
    if (number >= min && number <= max) return number
    const message = `This value must be between ${min} and ${max}`
    throw invalid(message, 'parameter_invalid_integer', name)
  }
}

/** an amount that money moves by */
export const amount: Kind<number> = integer(1)

export const currency: Kind<string> = (value, name) => {
  const code = text(value, name)
  if (['usd', 'eur', 'gbp', 'jpy'].includes(code)) return code
  throw invalid(`Invalid currency: ${code}`, 'parameter_invalid', name)
}

export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return (value, name) => {
    const word = words.find((one) => one === value)
    if (word !== undefined) return word
    throw invalid(`Invalid ${name}: must be one of ${words.join(', ')}`, 'parameter_invalid', name)
  }
}

export function list<T>(kind: Kind<T>): Kind<T[]> {
  return (value, name) => {
    if (value === '') return []
    if (typeof value === 'string' || [...value.keys()].some((key) => !/^\d+$/.test(key))) {
      throw invalid('Invalid array', 'parameter_invalid', name)
    }
    return [...value].map(([key, item]) => kind(item, `${name}[${key}]`))
  }
}

export function group<S extends Spec>(spec: S): Kind<Params<S>> {
  return (value, name) => {
    if (typeof value === 'string') throw invalid('Invalid object', 'parameter_invalid', name)
    return readParams(spec, value, name)
  }
}

/** any tree of texts, where the stand-in does not look closer */
export const tree: Kind<unknown> = (value) => plain(value)

function plain(value: Raw): unknown {
  if (typeof value === 'string') return value
  return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]))
}

export const metadata: Kind<Record<string, string>> = (value, name) => {
  if (value === '') return {}
  if (typeof value === 'string') throw invalid('Invalid object', 'parameter_invalid', name)
  if (value.size > 50) throw invalid('Metadata can have at most 50 keys', undefined, name)
  return Object.fromEntries(
    [...value].map(([key, inner]) => {
      const said = text(inner, `${name}[${key}]`)
      if (key.length <= 40 && said.length <= 500) return [key, said]
      throw invalid('Metadata keys have 40 letters and values 500', undefined, `${name}[${key}]`)
    }),
  )
}

/** metadata is merged; an empty value takes a key out */
export function mergedMetadata(
  before: unknown,
  change: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const merged = { ...(before as Record<string, string>), ...change }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''))
}

/** `created=5`, or `created[gte]=5&created[lt]=9`: seconds */
export const range: Kind<(at: number) => boolean> = (value, name) => {
  const second = integer(0, 99_999_999_999)
  if (typeof value === 'string') {
    const exactly = second(value, name)
    return (at) => at === exactly
  }
  const { gt, gte, lt, lte } = group({ gt: second, gte: second, lt: second, lte: second })(
    value,
    name,
  )
  return (at) =>
    (gt === undefined || at > gt) &&
    (gte === undefined || at >= gte) &&
    (lt === undefined || at < lt) &&
    (lte === undefined || at <= lte)
}
