import type { Front } from './fronts.ts'

const prefix = 'https://www.googleapis.com/auth/'
const everything = 'https://mail.google.com/'
/** what Google's libraries send for a program that names no scope */
const unnamed = `${prefix}cloud-platform`

/** the actions of ours that a scope of Google's covers; the others of Google's cover none */
const actionsByScope: ReadonlyMap<string, readonly string[]> = new Map([
  [`${prefix}gmail.readonly`, ['messages.read', 'history.read']],
  [`${prefix}gmail.compose`, ['messages.reply', 'messages.send', 'drafts.write']],
  [`${prefix}gmail.send`, ['messages.reply', 'messages.send']],
])
const wholeMailbox: ReadonlySet<string> = new Set([everything, `${prefix}gmail.modify`])

export interface GoogleScopes {
  /** names everything that a front has, so nothing is narrowed by it */
  readonly whole: boolean
  /** as scopes of ours */
  readonly covered: readonly string[]
}

/**
 * A program written for Google asks in Google's words, and its libraries take no others out of a credential file. They only ever
 * narrow: what comes of them is cut to what the subject token has, and RFC 6749 §3.3 lets a server ignore a part of what was
 * asked as long as it answers with what was issued.
 *
 * `cloud-platform` alone is the libraries' way of saying nothing, and RFC 6749 §3.3 wants a default then: what the subject has.
 * Beside others it is one more scope that covers no mail.
 */
export function readGoogleScopes(front: Front, asked: readonly string[]): GoogleScopes | undefined {
  const google = asked.filter(isGoogleScope)
  if (google.length === 0) return undefined
  const [only, ...more] = asked
  const whole =
    google.some((scope) => wholeMailbox.has(scope)) || (only === unnamed && more.length === 0)
  const actions = new Set(google.flatMap((scope) => actionsByScope.get(scope) ?? []))
  return { whole, covered: [...actions].map((action) => `${front.provider}.${action}`) }
}

export function isGoogleScope(scope: string): boolean {
  return scope === everything || scope.startsWith(prefix)
}
