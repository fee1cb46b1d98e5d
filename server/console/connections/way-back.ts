/** an open request of an agent, where the buyer came from. INVARIANT: a path of ours and nothing else, whoever wrote the link */
export function toWayBack(text: unknown): string | undefined {
  return typeof text === 'string' && /^\/consent\/[\w-]{1,64}$/u.test(text) ? text : undefined
}

/** the room, with what is to be said there */
export function roomPath(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  )
  return given.length === 0
    ? '/connections'
    : `/connections?${new URLSearchParams(given).toString()}`
}
