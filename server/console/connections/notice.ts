import type { ParsedUrlQuery } from 'node:querystring'
import { PROVIDERS } from '../../../capabilities/index.ts'
import { PROVIDER_NAMES } from '../consent/accounts.ts'
import { abilitiesOf } from './abilities.ts'
import { countGrants } from '../count-text.ts'
import type { ListedConnection } from './list.ts'
import { nameOfAccount, OWNERS } from './owners.ts'

export interface Notice {
  readonly text: string
  /** she should do something, or know that something did not happen */
  readonly isCare: boolean
}

/** what was done a moment ago. INVARIANT: of an address only ids and words of a closed list are believed, never a sentence */
export function toNotices(
  query: ParsedUrlQuery,
  connections: readonly ListedConnection[],
): readonly Notice[] {
  const find = (name: string): ListedConnection | undefined =>
    connections.find(({ id }) => id === query[name])
  return [
    ...toConnected(query, find('connected'), find('instead')),
    ...toChecked(query, find('checked')),
    ...toDisconnected(query),
  ]
}

function toConnected(
  query: ParsedUrlQuery,
  one: ListedConnection | undefined,
  instead: ListedConnection | undefined,
): Notice[] {
  if (one?.isWorking !== true) return []
  const account = nameOfAccount(one)
  const again = query['again'] === 'yes'
  const notices: Notice[] = [
    {
      text: again
        ? `${account} is connected again and works.`
        : `${account} is connected and works. No agent can use it until you allow one.`,
      isCare: false,
    },
  ]
  if (instead !== undefined && instead.id !== one.id) {
    const other = nameOfAccount(instead)
    const stays = `You meant to connect ${other} again, but came back with ${account}. ${account} stands beside it now, and ${other} is as it was.`
    const advice = `To connect ${other}, choose it at ${OWNERS[one.provider].name}. If you do not want ${account} here, disconnect it.`
    notices.push({ text: `${stays} ${advice}`, isCare: true })
  }
  const missing = namesOf(one, query['missing'])
  if (missing.length > 0) {
    const text = `At ${OWNERS[one.provider].name} you left out: ${missing.join(', ').toLowerCase()}. Agents cannot do that with ${account}. To allow it after all, open “Connect again or allow more” and leave it ticked there.`
    notices.push({ text, isCare: true })
  }
  return notices
}

function namesOf({ provider }: ListedConnection, ids: ParsedUrlQuery[string]): readonly string[] {
  if (provider === 'stripe' || typeof ids !== 'string') return []
  const named = ids.split('.')
  return abilitiesOf(provider)
    .filter(({ id }) => named.includes(id))
    .map(({ label }) => label)
}

function toChecked(query: ParsedUrlQuery, one: ListedConnection | undefined): Notice[] {
  if (one === undefined) return []
  const account = nameOfAccount(one)
  const { name } = OWNERS[one.provider]
  if (query['answer'] === 'none') {
    const text = `${name} did not answer as it should, so nothing is known about ${account} now. Nothing was changed. Wait a moment, then check again.`
    return [{ text, isCare: true }]
  }
  return one.isWorking
    ? [{ text: `${account} works: ${name} just said so.`, isCare: false }]
    : [{ text: `${account} does not work. Read below what to do.`, isCare: true }]
}

function toDisconnected(query: ParsedUrlQuery): Notice[] {
  const provider = PROVIDERS.find((one) => one === query['disconnected'])
  if (provider === undefined) return []
  const grants = Number(/^\d{1,6}$/u.exec(String(query['grants']))?.[0] ?? 0)
  const { name, ends } = OWNERS[provider]
  const stopped =
    grants === 0
      ? ''
      : ` ${countGrants(grants)} that used it ${grants === 1 ? 'stops' : 'stop'} working within five seconds.`
  const done = `The ${PROVIDER_NAMES[provider]} account is disconnected, and what was stored for it is deleted.${stopped}`
  if (query['withdrawn'] === 'done') {
    return [{ text: `${done} ${name} ended the access as well.`, isCare: false }]
  }
  const why =
    query['withdrawn'] === 'failed'
      ? `${name} has not confirmed that it ended the access, so it may still be listed there.`
      : `${name} itself was not told.`
  return [{ text: `${done} ${why} ${ends}`, isCare: true }]
}
