import { invalid, StripeRefusal } from './refusal.ts'
import { seed, type Row } from './seed.ts'

export { SHOP, type Row } from './seed.ts'

/** which resource an id is of */
const RESOURCE_OF: readonly (readonly [prefix: string, resource: string])[] = [
  ['cus_', 'customers'],
  ['ch_', 'charges'],
  ['pi_', 'payment_intents'],
  ['in_', 'invoices'],
  ['sub_sched_', 'subscription_schedules'],
  ['sub_', 'subscriptions'],
  ['re_', 'refunds'],
  ['price_', 'prices'],
  ['prod_', 'products'],
  ['txn_', 'balance_transactions'],
  ['acct_', 'accounts'],
]

/** what a shop has in Stripe, and the rules that hold for all of it */
export class Shop {
  readonly #now: () => number
  #rows: Map<string, Row[]> = new Map()
  #made = 0

  constructor(now: () => number) {
    this.#now = now
    this.reset()
  }

  reset(): void {
    this.#made = 0
    this.#rows = seed(this.seconds)
  }

  get seconds(): number {
    return Math.floor(this.#now() / 1000)
  }

  newId(prefix: string): string {
    return `${prefix}_${String(++this.#made).padStart(14, '0')}`
  }

  rows(resource: string): Row[] {
    const rows = this.#rows.get(resource)
    if (rows !== undefined) return rows
    throw new StripeRefusal(404, 'invalid_request_error', undefined, 'Unrecognized request URL')
  }

  find(resource: string, id: string): Row {
    const row = this.rows(resource).find((one) => one.id === id)
    if (row !== undefined) return row
    const message = `No such ${resource}: '${id}'`
    throw new StripeRefusal(404, 'invalid_request_error', 'resource_missing', message)
  }

  add(resource: string, row: Row): Row {
    this.rows(resource).unshift(row)
    return row
  }

  list(resource: string, query: URLSearchParams, filters: readonly string[]): unknown {
    const known = [...filters, 'limit', 'starting_after', 'ending_before']
    const stray = [...query.keys()].find(
      (name) =>
        !known.includes(name) && !/^(expand\[\d*\]|created(\[(gt|gte|lt|lte)\])?)$/.test(name),
    )
    if (stray !== undefined) {
      throw invalid('parameter_unknown', `Received unknown parameter: ${stray}`)
    }
    const all = this.rows(resource).filter(
      (row) =>
        filters.every((name) => !query.has(name) || String(row[name]) === query.get(name)) &&
        isWithin(Number(row['created']), query),
    )
    const limit = Number(query.get('limit') ?? 10)
    if (!(limit >= 1 && limit <= 100)) throw invalid('parameter_invalid_integer', 'Invalid limit')
    const after = query.get('starting_after')
    const before = query.get('ending_before')
    const start = after === null ? 0 : placeOf(all, after) + 1
    const end = before === null ? all.length : placeOf(all, before)
    const from = before === null ? start : Math.max(0, end - limit)
    const rows = all.slice(from, before === null ? start + limit : end)
    const paths = expansions(query).map((path) => path.replace(/^data\./, ''))
    return {
      object: 'list',
      url: `/v1/${resource}`,
      has_more: before === null ? start + limit < all.length : from > 0,
      data: rows.map((row) => this.expand(row, paths)),
      total_count: all.length,
    }
  }

  expand(row: Row, paths: readonly string[]): Row {
    const expanded: Row = { ...row }
    for (const path of paths) {
      const [field = '', ...rest] = path.split('.')
      const id = row[field]
      if (typeof id !== 'string') continue
      const resource = RESOURCE_OF.find(([prefix]) => id.startsWith(prefix))?.[1]
      if (resource === undefined) continue
      expanded[field] = this.expand(
        this.find(resource, id),
        rest.length > 0 ? [rest.join('.')] : [],
      )
    }
    return expanded
  }

  /** everything paid back, by currency; what waits and was stopped is not */
  refunded(currency: string): number {
    return this.rows('refunds')
      .filter((row) => row['currency'] === currency && row['status'] === 'succeeded')
      .reduce((sum, row) => sum + Number(row['amount']), 0)
  }
}

function placeOf(rows: readonly Row[], id: string): number {
  const place = rows.findIndex((row) => row.id === id)
  if (place >= 0) return place
  throw invalid('resource_missing', `No such: '${id}'`)
}

function isWithin(created: number, query: URLSearchParams): boolean {
  const bound = (name: string): number | undefined => {
    const value = query.get(name)
    return value === null ? undefined : Number(value)
  }
  return (
    created === (bound('created') ?? created) &&
    created > (bound('created[gt]') ?? -Infinity) &&
    created >= (bound('created[gte]') ?? -Infinity) &&
    created < (bound('created[lt]') ?? Infinity) &&
    created <= (bound('created[lte]') ?? Infinity)
  )
}

export function expansions(query: URLSearchParams): string[] {
  return [...query].flatMap(([name, value]) => (/^expand\[\d*\]$/.test(name) ? [value] : []))
}
