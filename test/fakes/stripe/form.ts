import { invalid } from './refusal.ts'

/** a form, nested; the last of a repeated name stands, as in most servers */
export interface Form {
  readonly [name: string]: string | Form
}

/** a form as it came, with the names at its top held against those that Stripe has there */
export class Parameters {
  readonly #form: Form

  constructor(pairs: URLSearchParams, known: readonly string[]) {
    this.#form = nest(pairs)
    const unknown = Object.keys(this.#form).find(
      (name) => !known.includes(name) && name !== 'expand' && name !== 'metadata',
    )
    if (unknown !== undefined) {
      throw invalid('parameter_unknown', `Received unknown parameter: ${unknown}`)
    }
  }

  get names(): string[] {
    return Object.keys(this.#form).filter((name) => name !== 'metadata' && name !== 'expand')
  }

  get form(): Form {
    return this.#form
  }

  has(name: string): boolean {
    return name in this.#form
  }

  text(name: string): string | undefined {
    const value = this.#form[name]
    return typeof value === 'string' ? value : undefined
  }

  group(name: string): Form | undefined {
    const value = this.#form[name]
    return typeof value === 'object' ? value : undefined
  }

  need(name: string): string {
    const value = this.text(name)
    if (value === undefined || value === '') {
      throw invalid('parameter_missing', `Missing required param: ${name}.`)
    }
    return value
  }

  /** as lenient as it is said to be: a front that passes on `1e2` is seen */
  number(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = Number(value)
    if (!Number.isInteger(number))
      throw invalid('parameter_invalid_integer', `Invalid integer: ${value}`)
    return number
  }

  /** what the object has, changed by what is said here; an empty value takes a key away */
  metadata(before: unknown = {}): Record<string, string> {
    const merged: Record<string, string> = { ...(before as Record<string, string>) }
    for (const [key, value] of Object.entries(this.group('metadata') ?? {})) {
      if (value === '') Reflect.deleteProperty(merged, key)
      else if (typeof value === 'string') merged[key] = value
    }
    return merged
  }
}

function nest(pairs: URLSearchParams): Form {
  const root: Record<string, unknown> = {}
  for (const [name, value] of pairs) {
    const [head = '', ...inner] = name.split('[').map((part) => part.replace(/\]$/, ''))
    let node = root
    let key = head
    for (const part of inner) {
      const next = node[key]
      const child = (typeof next === 'object' ? next : {}) as Record<string, unknown>
      node[key] = child
      node = child
      key = part === '' ? String(Object.keys(child).length) : part
    }
    node[key] = value
  }
  return root as Form
}
