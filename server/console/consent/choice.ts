import { restrict, type Capability, type ProviderType } from '../../../capabilities/index.ts'
import type { TokenLifetimes } from '../../authority/token-lifetime.ts'
import type { Form } from '../form.ts'
import { accountField, accountsOf, PROVIDER_NAMES, providersOf, type Account } from './accounts.ts'
import type { Reader } from '../reader.ts'
import { controlsOf, fieldOf } from './controls.ts'
import { endEarlierField, readEarlier, shownEarlierField } from './earlier-field.ts'
import { findLabelProblems } from './label-controls.ts'
import { toRows, type ProposedRow } from './rows.ts'
import { parseTightened, tighten, type Answering, type Problems } from './tighten.ts'
import { readTokenSeconds, tokenLifetimeField } from './token-lifetime-field.ts'

export interface Choice {
  readonly capabilities: readonly Capability[]
  /** the account behind each kind of front that something is allowed at */
  readonly connections: Readonly<Partial<Record<ProviderType, string>>>
  /** milliseconds since 1970; undefined: as long as the authority lets a grant last */
  readonly expiresAt: number | undefined
  /** only with the agent's own key */
  readonly dpopBound: boolean
  /** how long each access token lasts: what the buyer read stays true when the authority's default changes */
  readonly accessTokenSeconds: number
  /** earlier grants that were on the page and are to end once this one stands */
  readonly endsEarlier: readonly string[]
}

export type ChoiceResult =
  | { readonly ok: true; readonly choice: Choice }
  | { readonly ok: false; readonly problems: Problems }

export interface ChoiceContext extends Answering {
  readonly requested: readonly Capability[]
  readonly accounts: readonly Account[]
  readonly now: number
  /** milliseconds since 1970: no grant lasts longer */
  readonly latestExpiry: number
  readonly tokenLifetimes: TokenLifetimes
}

/**
 * The posted form as capabilities. The request is never in the form: it is read again from oidc-provider, and every answer can
 * only cut it down. What is handed on is held against the request once more where the grant is made.
 */
export function readChoice(form: Form, context: ChoiceContext): ChoiceResult {
  const problems = new Map<string, string>()
  const rows = toRows(context.requested)
  const { reader } = context
  if (!hasOnlyKnownFields(form, rows, reader)) {
    problems.set(
      'form',
      'The form does not belong to this request. Reload the page and choose again.',
    )
  }
  const ticked = rows.filter((row) => form.get(row.id) === 'on')
  if (ticked.length === 0)
    problems.set('form', 'Nothing is ticked. Tick what you want to allow, or refuse.')

  const tightened = new Map(ticked.map((row) => [row, tighten(row, form, problems, context)]))
  for (const [place, problem] of findLabelProblems(tightened)) problems.set(place, problem)
  const expiresAt = readExpiry(form.get('expires_on') ?? '', context, problems)
  const needed = providersOf(ticked.map(({ capability }) => capability))
  const connections = readAccounts(needed, form, context.accounts, problems)
  const accessTokenSeconds = readTokenSeconds(form.get(tokenLifetimeField), context.tokenLifetimes)
  if (accessTokenSeconds === undefined)
    problems.set(tokenLifetimeField, 'Choose one of the times that are offered.')

  const entries = toEntries(context.requested, tightened, expiresAt)
  // read as a whole too: rows that come apart must still fit into one token
  const capabilities = problems.size > 0 ? [] : parseTightened(entries, 'form', problems)
  if (problems.size > 0 || accessTokenSeconds === undefined) return { ok: false, problems }
  const dpopBound = form.get('own_key') === 'on'
  return {
    ok: true,
    choice: {
      capabilities,
      connections,
      expiresAt,
      dpopBound,
      accessTokenSeconds,
      endsEarlier: readEarlier(form),
    },
  }
}

function readAccounts(
  needed: readonly ProviderType[],
  form: Form,
  accounts: readonly Account[],
  problems: Map<string, string>,
): Choice['connections'] {
  const chosen = needed.map((provider) => {
    const field = accountField(provider)
    const own = accountsOf(accounts, provider)
    const id = form.get(field) ?? ''
    if (own.length === 0) {
      const name = PROVIDER_NAMES[provider]
      problems.set(field, `No ${name} account is connected: untick what is about ${name}.`)
    } else if (!own.some((one) => one.id === id)) {
      problems.set(field, 'Choose one of your connected accounts.')
    }
    return [provider, id] as const
  })
  return Object.fromEntries(chosen)
}

/**
 * An entry that nobody tightened keeps its shape, so that the agent finds in its token what it asked for; one that somebody did
 * comes apart into its actions.
 */
function toEntries(
  requested: readonly Capability[],
  chosen: ReadonlyMap<ProposedRow, Capability>,
  expiresAt: number | undefined,
): Capability[] {
  const entries = requested.flatMap((whole, entry) => {
    const mine = [...chosen].filter(([row]) => row.entry === entry)
    const actions = whole.actions.filter((action) => mine.some(([row]) => row.action === action))
    const untouched = mine.every(([row, capability]) => row.capability === capability)
    if (untouched && actions.length > 0) {
      return [actions.length === whole.actions.length ? whole : restrict(whole, actions)]
    }
    return mine.map(([, capability]) => capability)
  })
  return expiresAt === undefined ? entries : entries.map((entry) => endBy(entry, expiresAt))
}

function endBy(entry: Capability, expiresAt: number): Capability {
  const earlier = entry.expires_at !== undefined && Date.parse(entry.expires_at) <= expiresAt
  return earlier
    ? entry
    : { ...entry, expires_at: new Date(expiresAt).toISOString().replace('.000Z', 'Z') }
}

/** the last day, in full: a grant that ends on the 5th works on the 5th */
function readExpiry(
  text: string,
  context: ChoiceContext,
  problems: Map<string, string>,
): number | undefined {
  if (text === '') return undefined
  const start = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN
  const end = start + 24 * 3_600_000
  if (Number.isNaN(start) || end <= context.now) {
    problems.set(
      'expires_on',
      'Enter a day that is not over, such as 2027-01-31, or leave it empty.',
    )
    return undefined
  }
  // the last day that can be entered ends after the latest time: it means the latest time
  if (start > context.latestExpiry) {
    problems.set(
      'expires_on',
      `No grant lasts longer than until ${new Date(context.latestExpiry).toISOString().slice(0, 10)}.`,
    )
    return undefined
  }
  return end >= context.latestExpiry ? undefined : end
}

function hasOnlyKnownFields(
  form: Form,
  rows: readonly ProposedRow[],
  reader: Reader | undefined,
): boolean {
  const known = new Set([
    'form_token',
    'expires_on',
    'own_key',
    tokenLifetimeField,
    shownEarlierField,
    endEarlierField,
    ...providersOf(rows.map(({ capability }) => capability)).map(accountField),
  ])
  for (const row of rows) {
    known.add(row.id)
    for (const control of controlsOf(row.capability, reader)) known.add(fieldOf(row, control))
  }
  return [...form.keys()].every((name) => known.has(name))
}
