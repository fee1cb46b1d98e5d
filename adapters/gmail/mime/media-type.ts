import { refuse } from './unreadable.ts'

export interface Parameterised {
  /** lower case */
  readonly value: string
  /** names lower case; RFC 2231 continuations keep their `*` */
  readonly parameters: ReadonlyMap<string, string>
}

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]+"
const VALUE = new RegExp(`^[ \\t]*(${TOKEN}(?:/${TOKEN})?)[ \\t]*`)
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\["\\\\])*)"|([^ \\t;"(),<>@]+(?:[ \\t]+[^ \\t;"(),<>@=]+)*))[ \\t]*)?`,
  'y',
)

/** Content-Type or Content-Disposition. Comments and repeated parameters are where parsers pick different boundaries. */
export function readParameterised(header: string, text: string): Parameterised {
  const head = VALUE.exec(text)
  if (head === null) refuse(`${header} is malformed`)
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = head[0].length
  while (PARAMETER.lastIndex < text.length) {
    const match = PARAMETER.exec(text)
    if (match === null) refuse(`${header} is malformed`)
    const [, name, quoted, token] = match
    if (name === undefined) continue
    const key = name.toLowerCase()
    if (parameters.has(key)) refuse(`${header} has the parameter ${key} twice`)
    // tutorials write a file name with spaces without quotes; elsewhere a second word is where readings part
    if (token !== undefined && /[ \t]/.test(token) && !isFileName(key)) {
      refuse(`${header} is malformed`)
    }
    parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token ?? '')
  }
  assertUnsplit(header, parameters)
  return { value: String(head[1]).toLowerCase(), parameters }
}

/** RFC 2231 continuations are for long file names; a split boundary or charset is only read by some */
function assertUnsplit(header: string, parameters: ReadonlyMap<string, string>): void {
  for (const key of parameters.keys()) {
    const [base, ...rest] = key.split('*')
    if (rest.length === 0) continue
    if (base !== 'filename' && base !== 'name')
      refuse(`${header} splits the parameter ${base ?? ''}`)
  }
}

export function hasFileName(parameters: ReadonlyMap<string, string>): boolean {
  return [...parameters.keys()].some(isFileName)
}

function isFileName(key: string): boolean {
  return /^(?:file)?name(?:\*|$)/.test(key)
}
