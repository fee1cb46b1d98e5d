import { describe, findExcess, type Capability } from '../../../capabilities/index.ts'
import { accountField, PROVIDER_NAMES, providersOf } from '../consent/accounts.ts'
import { readChoice } from '../consent/choice.ts'
import type { Control } from '../consent/control.ts'
import { controlsOf, fieldOf } from '../consent/controls.ts'
import { toRows, type ProposedRow } from '../consent/rows.ts'
import type { Problems } from '../consent/tighten.ts'
import type { Form } from '../form.ts'
import type { Reader } from '../reader.ts'
import type { ConsoleServices } from '../services.ts'
import { ceilingOf } from './ceiling.ts'

/** a grant's rows as the form asks about them, with what they say now */
export interface ChangeForm {
  readonly rows: readonly ProposedRow[]
  /** what the form holds before anybody touches it */
  readonly standing: ReadonlyMap<string, string>
}

export function toChangeForm(current: readonly Capability[], reader: Reader): ChangeForm {
  const now = toRows(current)
  const wide = toRows(current.map(ceilingOf))
  const rows = now.flatMap((row) => {
    const ceiling = wide.find(({ id }) => id === row.id)
    return ceiling === undefined ? [] : [{ ...row, capability: ceiling.capability }]
  })
  const standing = new Map(now.flatMap((row, n) => answersOf(row, rows[n] ?? row, reader)))
  return { rows, standing }
}

function answersOf(now: ProposedRow, asked: ProposedRow, reader: Reader): [string, string][] {
  const own = controlsOf(now.capability, reader)
  const answers = controlsOf(asked.capability, reader).map((control): [string, string] => {
    // above nothing is each time, which the row's own question does not show
    const same = own.find(({ field }) => field === control.field && field !== 'ask')
    return [fieldOf(asked, control), same?.initial ?? unsaid(control, now.capability)]
  })
  return [[now.id, 'on'], ...answers]
}

/** the answer of a question that only the wider row has */
function unsaid({ field, kind }: Control, { approval, body }: Capability): string {
  if (kind.type === 'choice') return 'none'
  if (field === 'batch') return '1'
  if (field === 'links') return body?.links === 'none' ? 'on' : ''
  if (field === 'ask') return asksEachTime(approval) ? 'on' : ''
  if (!field.startsWith('ask-') || typeof approval !== 'object') return ''
  const condition = field.slice('ask-'.length).replaceAll('-', '_')
  return Object.hasOwn(approval, condition) ? 'on' : ''
}

function asksEachTime(approval: Capability['approval']): boolean {
  return approval === 'always' || approval?.amount_over === 0
}

export type ReadChange =
  | { readonly ok: true; readonly change: Change }
  | { readonly ok: false; readonly problems: Problems }

export interface Change {
  readonly to: readonly Capability[]
  /** milliseconds since 1970; undefined: it ends when it did */
  readonly expiresAt: number | undefined
  readonly differences: readonly Difference[]
  /** something becomes possible that was not, or not without asking */
  readonly widens: boolean
}

/** of one row, in the sentences of the grant */
export interface Difference {
  readonly title: string
  readonly before: readonly string[]
  /** none: it is taken away */
  readonly after: readonly string[]
  readonly widens: boolean
}

/** what a change starts from */
export interface Standing {
  readonly current: readonly Capability[]
  readonly endsAt: Date | undefined
  readonly reader: Reader
}

export function readChange(
  services: ConsoleServices,
  form: Form,
  { current, endsAt, reader }: Standing,
): ReadChange {
  const providers = providersOf(current)
  const standIn = providers.map((provider) => [accountField(provider), provider] as const)
  const asked = withStanding(form, toChangeForm(current, reader), reader)
  const result = readChoice(new Map([...asked, ...standIn]), {
    requested: current.map(ceilingOf),
    // the accounts are the grant's and stay: the form does not ask
    accounts: providers.map((provider) => ({
      id: provider,
      provider,
      account: PROVIDER_NAMES[provider],
    })),
    now: services.now(),
    latestExpiry: endsAt?.getTime() ?? services.now() + FAR_MS,
    tokenLifetimes: services.tokenLifetimes,
    mayWiden: true,
    reader,
  })
  if (!result.ok) return { ok: false, problems: inOwnWords(result.problems, current, form) }
  const { capabilities, expiresAt } = result.choice
  const differences = findDifferences(current, capabilities)
  return {
    ok: true,
    change: {
      to: capabilities,
      expiresAt,
      differences,
      widens: differences.some(({ widens }) => widens),
    },
  }
}

/**
 * INVARIANT: a question that was not answered stays as it stands. What the wider row would say by itself is nobody's answer. A box
 * is different: one that is not ticked is not posted.
 */
function withStanding(form: Form, { rows, standing }: ChangeForm, reader: Reader): Form {
  const fields = rows.flatMap((row) =>
    controlsOf(row.capability, reader)
      .filter(({ kind }) => kind.type !== 'tick')
      .map((control) => fieldOf(row, control)),
  )
  const unanswered = fields.flatMap((field): [string, string][] => {
    const stands = standing.get(field)
    return stands === undefined || form.has(field) ? [] : [[field, stands]]
  })
  return new Map([...form, ...unanswered])
}

/** of a grant that has no end */
const FAR_MS = 10 * 365 * 24 * 3_600_000

function inOwnWords(problems: Problems, current: readonly Capability[], form: Form): Problems {
  if (toRows(current).some(({ id }) => form.get(id) === 'on')) return problems
  return new Map([['form', 'Nothing would be left of it. To end it, revoke the grant.']])
}

function findDifferences(
  current: readonly Capability[],
  next: readonly Capability[],
): readonly Difference[] {
  const [before, after] = [byTitle(current), byTitle(next)]
  const titles = [...new Set([...before.keys(), ...after.keys()])]
  return titles.flatMap((title) => {
    const [was, is] = [before.get(title) ?? [], after.get(title) ?? []]
    const difference = {
      title,
      before: sentencesOf(was),
      after: sentencesOf(is),
      widens: is.some((row) => findExcess(row, current) !== undefined),
    }
    const isSame = difference.before.join('\n') === difference.after.join('\n')
    return isSame && !difference.widens ? [] : [difference]
  })
}

function byTitle(capabilities: readonly Capability[]): ReadonlyMap<string, Capability[]> {
  const rows = toRows(capabilities)
  const groups = Map.groupBy(rows, ({ title }) => title)
  return new Map([...groups].map(([title, all]) => [title, all.map((row) => row.capability)]))
}

function sentencesOf(capabilities: readonly Capability[]): string[] {
  return [...new Set(capabilities.flatMap((one) => describe(one)).map(({ sentence }) => sentence))]
}
