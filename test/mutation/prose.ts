/**
 * A plugin of the mutation tests. What a refusal or an error says to a human is prose: a test that holds its letters would
 * hold back whoever improves them, so mutants of it are left out. Reasons, codes, names and shapes are not prose.
 */
interface Path {
  readonly node: { readonly type: string }
  readonly parentPath: Path | null
  readonly key?: string | number | null
  readonly listKey?: string | null
  isTemplateLiteral(): boolean
  isStringLiteral(): boolean
}

interface Call extends Path {
  readonly node: {
    readonly type: string
    readonly callee?: {
      readonly type: string
      readonly name?: string
      readonly property?: { readonly name?: string; readonly id?: { readonly name?: string } }
    }
  }
}

/** the arguments of each that a human reads */
const PROSE: ReadonlyMap<string, readonly number[]> = new Map([
  ['Refused', [1]],
  ['CapabilityError', [1]],
  // the place comes first in one file
  ['notAdmitted', [0, 1]],
  ['notDelegable', [0]],
  ['malformed', [0]],
  ['invalid', [0]],
  ['exactly', [2]],
  ['assertAtMost', [2]],
  ['readMessage', [1]],
])

export const strykerPlugins: readonly object[] = [
  {
    kind: 'Ignore',
    name: 'prose',
    value: {
      shouldIgnore(path: Path): string | undefined {
        if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined
        const call = path.parentPath as Call | null
        const { callee } = call?.node ?? {}
        const name = callee?.name ?? callee?.property?.name ?? callee?.property?.id?.name ?? ''
        const isProse = PROSE.get(name)?.some((index) => index === path.key) === true
        return path.listKey === 'arguments' && isProse ? 'prose' : undefined
      },
    },
  },
]
