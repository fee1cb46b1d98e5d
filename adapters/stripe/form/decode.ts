/** a decoded form: texts, lists and named members; nothing in it has a prototype */
type FormValue = string | readonly FormValue[] | FormObject
interface FormObject {
  readonly [name: string]: FormValue
}

export type DecodedForm =
  | { readonly ok: true; readonly form: FormObject }
  /** a sentence that may be shown to the agent */
  | { readonly ok: false; readonly problem: string }

type Pairs = readonly (readonly [name: string, value: string])[]

const MAX_PARAMETERS = 500
const MAX_DEPTH = 5
/** these name what every object has: no parameter of Stripe's is called so */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
const KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/

/**
 * `application/x-www-form-urlencoded` in the one reading that every parser agrees on: no name twice, lists from 0 without a gap,
 * nothing that is a text here and a list there. Parsers differ on all of these (research: a 1,001st `amount` that one of them
 * does not see), and what the front decides on must be what Stripe does.
 */
export function decodeBody(body: Buffer): DecodedForm {
  const text = body.toString('latin1')
  if (/[^\x21-\x7e]/.test(text)) return fail('the body has characters that must be escaped')
  if (text === '') return decodePairs([])
  const pairs: [string, string][] = []
  for (const part of text.split('&', MAX_PARAMETERS + 1)) {
    const equals = part.indexOf('=')
    const [name, value] =
      equals === -1
        ? [undefined, undefined]
        : [unescape(part.slice(0, equals)), unescape(part.slice(equals + 1))]
    if (name === undefined || value === undefined) return fail('the body is not a well-formed form')
    pairs.push([name, value])
  }
  return decodePairs(pairs)
}

export function decodePairs(pairs: Pairs): DecodedForm {
  if (pairs.length > MAX_PARAMETERS) return fail(`at most ${MAX_PARAMETERS} parameters`)
  const root = new Map<string, Node>()
  for (const [key, value] of pairs) {
    const path = pathOf(key)
    if (path === undefined) return fail(`${quote(key)} is no parameter name`)
    const problem = insert(root, path, value)
    if (problem !== undefined) return fail(`${quote(key)} ${problem}`)
  }
  const form = toObject(root)
  return form === undefined
    ? fail('a list is numbered from 0 without a gap, or not at all')
    : { ok: true, form }
}

type Node = string | Node[] | Map<string, Node>

function pathOf(key: string): string[] | undefined {
  const match = KEY.exec(key)
  if (match === null) return undefined
  const [, head = '', rest = ''] = match
  const parts = [...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, part = '']) => part)
  const names = [head, ...parts.filter((part) => part !== '' && !isIndex(part))]
  if (!names.every((name) => NAME.test(name) && !FORBIDDEN.has(name))) return undefined
  return parts.length + 1 > MAX_DEPTH ? undefined : [head, ...parts]
}

function isIndex(part: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(part)
}

function insert(
  into: Map<string, Node>,
  [name = '', ...rest]: readonly string[],
  value: string,
): string | undefined {
  const known = into.get(name)
  if (rest.length === 0) {
    if (known !== undefined) return 'is said twice'
    into.set(name, value)
    return undefined
  }
  const [next = ''] = rest
  if (next === '') {
    if (rest.length > 1) return 'is a list of something that this front does not read'
    if (known !== undefined && !Array.isArray(known))
      return 'is a list here and something else there'
    into.set(name, [...(known ?? []), value])
    return undefined
  }
  if (known !== undefined && !(known instanceof Map)) return 'is said in two shapes'
  const child = known ?? new Map<string, Node>()
  into.set(name, child)
  return insert(child, rest, value)
}

/** members that are all numbers are a list; some numbers and some names are neither */
function toObject(node: ReadonlyMap<string, Node>): FormObject | undefined {
  const object = Object.create(null) as Record<string, FormValue>
  for (const [name, child] of node) {
    const value = toValue(child)
    if (value === undefined) return undefined
    object[name] = value
  }
  return object
}

function toValue(node: Node): FormValue | undefined {
  if (typeof node === 'string') return node
  if (Array.isArray(node)) {
    const items = node.map(toValue)
    return items.includes(undefined) ? undefined : (items as FormValue[])
  }
  const indexes = [...node.keys()].filter(isIndex)
  if (indexes.length === 0) return toObject(node)
  if (indexes.length < node.size) return undefined
  const items: FormValue[] = []
  for (let index = 0; index < node.size; index++) {
    const child = node.get(String(index))
    const value = child === undefined ? undefined : toValue(child)
    if (value === undefined) return undefined
    items.push(value)
  }
  return items
}

/** percent-decoding of well-formed UTF-8; NUL and other controls but tab and line ends are no text */
function unescape(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '))
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(decoded) ? undefined : decoded
  } catch {
    return undefined
  }
}

function quote(text: string): string {
  return `\`${text.replaceAll(/[^\x21-\x7e]|`/g, '?').slice(0, 60)}\``
}

function fail(problem: string): DecodedForm {
  return { ok: false, problem }
}
