import { missing } from './errors.ts'
import type { Row } from './row.ts'
import { seed } from './seed/index.ts'

export { SHOP } from './seed/ids.ts'

const CREATED_PREFIX: Readonly<Record<string, string>> = {
  balance_transactions: 'txn',
  charges: 'ch',
  credit_notes: 'cn',
  customer_balance_transactions: 'cbtxn',
  invoiceitems: 'ii',
  invoices: 'in',
  payment_intents: 'pi',
  refunds: 're',
  subscription_schedules: 'sub_sched',
  transfers: 'tr',
}

/** what a tea shop has in Stripe, with the rules that money has there */
export class Shop {
  readonly #now: () => number
  readonly #rows: Map<string, Row[]> = new Map()
  #seeded: ReadonlySet<Row> = new Set()
  #made = 0

  constructor(now: () => number) {
    this.#now = now
    this.reset()
  }

  reset(): void {
    this.#made = 0
    this.#rows.clear()
    for (const [resource, rows] of Object.entries(seed(this.now()))) this.#rows.set(resource, rows)
    this.#seeded = new Set([...this.#rows.values()].flat())
  }

  /** in seconds, as Stripe counts */
  now(): number {
    return Math.floor(this.#now() / 1000)
  }

  rows(resource: string): Row[] {
    const rows = this.#rows.get(resource)
    if (rows === undefined) throw new Error(`the stand-in keeps no ${resource}`)
    return rows
  }

  /** `param`: the parameter that names it, when it is not the path */
  find(resource: string, id: string, param?: string): Row {
    const row = this.rows(resource).find((one) => one.id === id)
    if (row === undefined) throw missing(resource.replace(/s$/, ''), id, param)
    return row
  }

  /** whatever has this id */
  lookUp(id: string): Row | undefined {
    for (const rows of this.#rows.values()) {
      const row = rows.find((one) => one.id === id)
      if (row !== undefined) return row
    }
    return undefined
  }

  /** a new thing, before all others */
  add(resource: string, object: string, fields: Readonly<Record<string, unknown>>): Row {
    const number = String(++this.#made).padStart(14, '0')
    const row: Row = {
      id: `${CREATED_PREFIX[resource] ?? 'obj'}_${number}`,
      object,
      created: this.now(),
      livemode: false,
      ...fields,
    }
    this.rows(resource).unshift(row)
    return row
  }

  /** moves the shop's own money and writes it down; minor units, negative when it leaves */
  book(type: string, source: Row, amount: number, currency: string): Row {
    const available = this.available(currency)
    available.amount += amount
    const booked = this.add('balance_transactions', 'balance_transaction', {
      amount,
      net: amount,
      fee: 0,
      fee_details: [],
      currency,
      type,
      reporting_category: type,
      source: source.id,
      status: 'available',
      available_on: this.now(),
      description: null,
      exchange_rate: null,
    })
    source['balance_transaction'] = booked.id
    return booked
  }

  available(currency: string): { amount: number; currency: string } {
    const { available } = this.rows('balance')[0] as unknown as {
      available: { amount: number; currency: string }[]
    }
    const known = available.find((one) => one.currency === currency)
    if (known !== undefined) return known
    const empty = { amount: 0, currency }
    available.push(empty)
    return empty
  }

  /** everything paid back since the start, by currency */
  refunded(currency: string): number {
    return this.rows('refunds')
      .filter((row) => row['currency'] === currency && !this.#seeded.has(row))
      .filter((row) => row['status'] !== 'canceled' && row['status'] !== 'failed')
      .reduce((sum, row) => sum + Number(row['amount']), 0)
  }
}
