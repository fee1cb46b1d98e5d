import { invalid } from './errors.ts'

/** a parameter as it was sent: a text, or what its brackets hold */
export type Raw = string | ReadonlyMap<string, Raw>

type Level = Map<string, Raw>

/** `a[b][0]=c` as levels. A name that comes twice, or is a text and a level, is refused: two readers would differ about it */
export function parseForm(text: string): ReadonlyMap<string, Raw> {
  const root: Level = new Map()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const [name, value] = readPair(pair)
    const [, first = '', brackets = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? []
    if (first === '') throw invalid(`Invalid parameter name: ${name}`, 'parameter_unknown', name)
    const keys = [first, ...[...brackets.matchAll(/\[([^\]]*)\]/g)].map(([, key = '']) => key)]
    put(root, keys, value, name)
  }
  return root
}

function readPair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part.replaceAll('+', ' '))
    } catch {
      throw invalid('Invalid URL encoding')
    }
  }
  return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]
}

function put(root: Level, keys: readonly string[], value: string, name: string): void {
  let level = root
  for (const [index, key] of keys.entries()) {
    // `a[]=x&a[]=y` counts up
    const place = key === '' ? String(level.size) : key
    const known = level.get(place)
    if (index === keys.length - 1) {
      if (known !== undefined) throw twice(name)
      level.set(place, value)
      return
    }
    if (typeof known === 'string') throw twice(name)
    const next: Level = known === undefined ? new Map() : (known as Level)
    level.set(place, next)
    level = next
  }
}

function twice(name: string): Error {
  return invalid(`Duplicate parameter: ${name}`, 'parameter_invalid', name)
}
