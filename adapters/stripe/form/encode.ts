/** what goes to Stripe: only values that were decided on */
export type Encodable =
  | string
  | number
  | boolean
  | undefined
  | readonly Encodable[]
  | { readonly [name: string]: Encodable }

/** the form as Stripe's own client writes it, in the order of the members; an undefined member is left out */
export function encodeForm(values: Readonly<Record<string, Encodable>>): string {
  return pairsOf(values)
    .map(([name, value]) => `${encodeName(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

export function pairsOf(
  values: Readonly<Record<string, Encodable>>,
): (readonly [string, string])[] {
  return Object.entries(values).flatMap(([name, value]) => flatten(name, value))
}

function flatten(name: string, value: Encodable): (readonly [string, string])[] {
  if (value === undefined) return []
  if (Array.isArray(value)) {
    return value.flatMap((item: Encodable, index) => flatten(`${name}[${index}]`, item))
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([member, item]) => flatten(`${name}[${member}]`, item))
  }
  return [[name, String(value)]]
}

/** brackets stay readable, as Stripe's client leaves them */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll('%5B', '[').replaceAll('%5D', ']')
}
