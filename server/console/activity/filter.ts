/** which calls a page, an export or a live view is about; what is left out does not matter */
export interface ActivityFilter {
  readonly agent?: string
  readonly grant?: string
  readonly result?: ActivityResult
  /** an operation, or the beginning of some */
  readonly operation?: string
  /** the first and the last day, in full: `2026-11-25` */
  readonly from?: string
  readonly to?: string
  /** whose days those are, of the IANA database; absent: UTC */
  readonly zone?: string
  /** somewhere in the ids, the operation or what the call was about */
  readonly text?: string
}

export const RESULTS = ['allowed', 'refused', 'failed', 'pending'] as const
export type ActivityResult = (typeof RESULTS)[number]

/** query parameters by the name of the field; `toQuery` writes what `readFilter` reads */
const FIELDS = ['agent', 'grant', 'result', 'operation', 'from', 'to', 'text'] as const
type Field = (typeof FIELDS)[number]

/** as they were typed */
export type Entered = Readonly<Partial<Record<Field, string>>>

export interface ReadFilter {
  readonly entered: Entered
  readonly filter: ActivityFilter
  /** what cannot be read, by the name of the field; nothing is listed by half a filter */
  readonly problems: ReadonlyMap<Field, string>
}

const MAX_LENGTH = 512

const CHECKS: Readonly<
  Record<Field, { readonly fits: (text: string) => boolean; readonly problem: string }>
> = {
  agent: { fits: (text) => text.length <= MAX_LENGTH, problem: 'Choose one of your agents.' },
  grant: {
    fits: (text) => /^[\w-]{1,64}$/u.test(text),
    problem: 'That is no grant. Its id begins with g_ and has letters, digits, - and _.',
  },
  result: { fits: isResult, problem: 'Choose one of the results that are offered.' },
  operation: {
    fits: (text) => /^[\w.]{1,80}$/u.test(text),
    problem:
      'Enter the beginning of an operation, such as gmail.messages or stripe.refunds.create.',
  },
  from: { fits: isDay, problem: 'Enter a day, such as 2027-01-31.' },
  to: { fits: isDay, problem: 'Enter a day, such as 2027-01-31.' },
  text: { fits: (text) => text.length <= 200, problem: 'Enter no more than 200 characters.' },
}

/** a parameter that is given twice has no one meaning, and is not read */
export function readFilter(query: Readonly<Record<string, unknown>>): ReadFilter {
  const given = FIELDS.flatMap((field) => {
    const value = query[field]
    const text = typeof value === 'string' ? value.replaceAll('\0', '').trim() : ''
    return text === '' ? [] : [[field, text] as const]
  })
  const wrong = given.filter(([field, text]) => !CHECKS[field].fits(text))
  const entered: Entered = Object.fromEntries(
    given.map(([field, text]) => [field, text.slice(0, MAX_LENGTH)]),
  )
  return {
    entered,
    filter: wrong.length > 0 ? {} : (entered as ActivityFilter),
    problems: new Map(wrong.map(([field]) => [field, CHECKS[field].problem])),
  }
}

export function toQuery(
  filter: ActivityFilter,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams()
  for (const field of FIELDS) {
    const value = filter[field]
    if (value !== undefined) query.set(field, value)
  }
  for (const [name, value] of Object.entries(more)) query.set(name, value)
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

export function isFiltered(filter: ActivityFilter): boolean {
  return FIELDS.some((field) => filter[field] !== undefined)
}

function isResult(text: string): text is ActivityResult {
  return RESULTS.some((one) => one === text)
}

function isDay(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/u.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  // a 31st of February is no day, though it can be read as one
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
