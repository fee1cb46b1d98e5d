import { invalidArgument } from './errors.ts'

/**
 * Google's `fields`: `messages(id,payload/headers),nextPageToken`. Whoever forwards a caller's `fields` no longer sees what
 * it must decide on.
 */
export function applyFields(json: unknown, fields: string | undefined): unknown {
  if (!fields) return json
  const parser = new MaskParser(fields)
  return project(json, parser.parse())
}

type Mask = Map<string, Mask | 'all'>

function project(value: unknown, mask: Mask | 'all'): unknown {
  if (mask === 'all' || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => project(item, mask))
  const kept = Object.entries(value).flatMap(([name, child]): [string, unknown][] => {
    const inner = mask.get(name) ?? mask.get('*')
    return inner === undefined ? [] : [[name, project(child, inner)]]
  })
  return Object.fromEntries(kept)
}

class MaskParser {
  readonly #tokens: readonly string[]
  #position = 0

  constructor(fields: string) {
    this.#tokens = fields.match(/[\w*.-]+|[(),/]/g) ?? []
  }

  parse(): Mask {
    const mask = this.#list()
    if (this.#position < this.#tokens.length) throw invalidArgument('Invalid field selection')
    return mask
  }

  #list(): Mask {
    const mask: Mask = new Map()
    do {
      const name = this.#tokens[this.#position++] ?? ''
      if (!/^[\w*.-]+$/.test(name)) throw invalidArgument(`Invalid field selection ${name}`)
      mask.set(name, this.#inner())
    } while (this.#accept(','))
    return mask
  }

  #inner(): Mask | 'all' {
    if (this.#accept('/')) {
      const name = this.#tokens[this.#position++] ?? ''
      return new Map([[name, this.#inner()]])
    }
    if (!this.#accept('(')) return 'all'
    const mask = this.#list()
    if (!this.#accept(')')) throw invalidArgument('Invalid field selection')
    return mask
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#position] !== token) return false
    this.#position++
    return true
  }
}
