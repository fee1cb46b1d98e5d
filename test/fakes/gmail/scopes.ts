const prefix = 'https://www.googleapis.com/auth/'
const everything = 'https://mail.google.com/'
const [readonly, send, compose, modify, metadata] = [
  `${prefix}gmail.readonly`,
  `${prefix}gmail.send`,
  `${prefix}gmail.compose`,
  `${prefix}gmail.modify`,
  `${prefix}gmail.metadata`,
] as const

export const GMAIL_SCOPES: readonly string[] = [
  readonly,
  send,
  compose,
  modify,
  metadata,
  everything,
]

const READS: readonly string[] = [readonly, modify, everything]

/** what Google's reference lists under each method; everything that is not named here wants the widest */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  getProfile: [...READS, compose, metadata],
  'history.list': READS,
  'labels.list': READS,
  'labels.get': READS,
  'messages.list': READS,
  'messages.get': READS,
  'messages.attachments.get': READS,
  'threads.list': READS,
  'threads.get': READS,
  'drafts.list': [...READS, compose],
  'drafts.get': [...READS, compose],
  'drafts.create': [compose, modify, everything],
  'drafts.update': [compose, modify, everything],
  'drafts.delete': [compose, modify, everything],
  'drafts.send': [compose, modify, everything],
  'messages.send': [send, compose, modify, everything],
  'messages.modify': [modify, everything],
  'messages.batchModify': [modify, everything],
  'messages.trash': [modify, everything],
  'messages.untrash': [modify, everything],
  'threads.modify': [modify, everything],
  'threads.trash': [modify, everything],
  'threads.untrash': [modify, everything],
}

/** undefined scopes: a token that came without a consent, for tests that are not about one */
export function coversRoute(scopes: readonly string[] | undefined, route: string): boolean {
  return scopes === undefined || scopes.some((one) => (NEEDED[route] ?? [everything]).includes(one))
}
