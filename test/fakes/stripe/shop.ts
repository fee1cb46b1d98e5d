/** an object as it is kept; ids where Stripe has ids */
type Row = Record<string, unknown> & { id: string; object: string }

export class StripeRefusal extends Error {
  readonly status: number
  readonly type: string
  readonly code: string | undefined
  constructor(status: number, type: string, code: string | undefined, message: string) {
    super(message)
    this.status = status
    this.type = type
    this.code = code
  }
}

/** ids of the small shop; the same on every start */
export const SHOP = {
  mara: 'cus_Mara0000000001',
  omar: 'cus_Omar0000000002',
  /** Mara's: 100.00 USD, nothing refunded */
  hundred: 'ch_Hundred00000001',
  hundredIntent: 'pi_Hundred00000001',
  /** Mara's: 50.00 USD, 30.00 refunded */
  partly: 'ch_Partly000000002',
  /** Omar's: 40.00 EUR */
  euro: 'ch_Euro0000000003',
  /** Mara's: 5000 JPY */
  yen: 'ch_Yen00000000004',
  /** Mara's: 80.00 USD, 400 days old */
  old: 'ch_Old00000000005',
} as const

const DAY = 86_400

/** what a shop has in Stripe: a few customers, charges and refunds, with the rules that money has there */
export class Shop {
  readonly #now: () => number
  readonly #rows: Map<string, Row[]> = new Map()
  #made = 0

  constructor(now: () => number) {
    this.#now = now
    this.reset()
  }

  reset(): void {
    this.#made = 0
    const now = Math.floor(this.#now() / 1000)
    const customer = (id: string, name: string): Row => ({
      id,
      object: 'customer',
      name,
      email: `${name.toLowerCase()}@shop.example`,
      created: now - 500 * DAY,
      balance: 0,
      metadata: {},
      sources: { object: 'list', data: [{ id: 'card_1', object: 'card', fingerprint: 'F' }] },
      default_source: 'card_1',
      invoice_prefix: 'ABC',
    })
    const charge = (
      id: string,
      of: string,
      money: readonly [number, string, number],
      ageDays = 2,
    ): Row => ({
      id,
      object: 'charge',
      amount: money[0],
      amount_captured: money[0],
      amount_refunded: money[2],
      currency: money[1],
      customer: of,
      captured: true,
      created: now - ageDays * DAY,
      metadata: {},
      payment_intent: null,
      paid: true,
      refunded: money[0] === money[2],
      status: 'succeeded',
      receipt_url: `https://pay.stripe.com/receipts/${id}`,
      payment_method_details: { card: { fingerprint: 'Fsecret', last4: '4242' } },
      billing_details: { email: 'secret@shop.example' },
    })
    this.#rows.set('customers', [customer(SHOP.mara, 'Mara'), customer(SHOP.omar, 'Omar')])
    this.#rows.set('charges', [
      {
        ...charge(SHOP.hundred, SHOP.mara, [10_000, 'usd', 0]),
        payment_intent: SHOP.hundredIntent,
      },
      charge(SHOP.partly, SHOP.mara, [5_000, 'usd', 3_000]),
      charge(SHOP.euro, SHOP.omar, [4_000, 'eur', 0]),
      charge(SHOP.yen, SHOP.mara, [5_000, 'jpy', 0]),
      charge(SHOP.old, SHOP.mara, [8_000, 'usd', 0], 400),
    ])
    this.#rows.set('payment_intents', [
      {
        id: SHOP.hundredIntent,
        object: 'payment_intent',
        amount: 10_000,
        currency: 'usd',
        customer: SHOP.mara,
        latest_charge: SHOP.hundred,
        status: 'succeeded',
        created: now - 2 * DAY,
        client_secret: `${SHOP.hundredIntent}_secret_leak`,
        metadata: {},
      },
    ])
    this.#rows.set('refunds', [])
  }

  rows(resource: string): Row[] {
    const rows = this.#rows.get(resource)
    if (rows === undefined) {
      throw new StripeRefusal(404, 'invalid_request_error', undefined, 'Unrecognized request URL')
    }
    return rows
  }

  find(resource: string, id: string): Row {
    const row = this.rows(resource).find((one) => one.id === id)
    if (row !== undefined) return row
    const message = `No such ${resource}: '${id}'`
    throw new StripeRefusal(404, 'invalid_request_error', 'resource_missing', message)
  }

  list(resource: string, query: URLSearchParams): unknown {
    const filters = ['customer', 'charge', 'payment_intent'].filter((name) => query.has(name))
    const all = this.rows(resource).filter((row) =>
      filters.every((name) => row[name] === query.get(name)),
    )
    const limit = Number(query.get('limit') ?? 10)
    const after = query.get('starting_after')
    const before = query.get('ending_before')
    const start = after === null ? 0 : this.#placeOf(all, after) + 1
    const end = before === null ? all.length : this.#placeOf(all, before)
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

  #placeOf(rows: readonly Row[], id: string): number {
    const place = rows.findIndex((row) => row.id === id)
    if (place >= 0) return place
    throw new StripeRefusal(400, 'invalid_request_error', 'resource_missing', `No such: '${id}'`)
  }

  expand(row: Row, paths: readonly string[]): Row {
    const expanded: Row = { ...row }
    for (const path of paths) {
      const [field = '', ...rest] = path.split('.')
      const id = row[field]
      if (typeof id !== 'string') continue
      const resource = { cus: 'customers', ch: 'charges', pi: 'payment_intents' }[
        id.split('_')[0] ?? ''
      ]
      if (resource === undefined) continue
      expanded[field] = this.expand(
        this.find(resource, id),
        rest.length > 0 ? [rest.join('.')] : [],
      )
    }
    return expanded
  }

  refund(form: URLSearchParams): Row {
    const intent = form.get('payment_intent')
    const chargeId =
      form.get('charge') ??
      (intent === null ? '' : String(this.find('payment_intents', intent)['latest_charge']))
    const charge = this.find('charges', chargeId)
    if (intent !== null && charge['payment_intent'] !== intent) {
      const message = 'The charge and the payment intent do not belong together'
      throw new StripeRefusal(400, 'invalid_request_error', 'parameter_invalid', message)
    }
    const left = Number(charge['amount_captured']) - Number(charge['amount_refunded'])
    // as lenient as it is said to be: a front that passes on `1e2` is seen
    const amount = form.has('amount') ? Number(form.get('amount')) : left
    if (left <= 0) {
      const message = `Charge ${chargeId} has already been refunded.`
      throw new StripeRefusal(400, 'invalid_request_error', 'charge_already_refunded', message)
    }
    if (!(amount > 0) || amount > left) {
      const message = `Refund amount is greater than unrefunded amount on charge (${left})`
      throw new StripeRefusal(400, 'invalid_request_error', 'amount_too_large', message)
    }
    charge['amount_refunded'] = Number(charge['amount_refunded']) + amount
    charge['refunded'] = charge['amount_refunded'] === charge['amount_captured']
    const refund: Row = {
      id: `re_${String(++this.#made).padStart(14, '0')}`,
      object: 'refund',
      amount,
      charge: chargeId,
      currency: charge['currency'],
      created: Math.floor(this.#now() / 1000),
      metadata: metadataOf(form),
      payment_intent: charge['payment_intent'] ?? null,
      reason: form.get('reason'),
      status: 'succeeded',
      destination_details: { card: { reference: 'secret-reference' } },
    }
    this.rows('refunds').unshift(refund)
    return refund
  }

  update(resource: string, id: string, form: URLSearchParams): Row {
    const row = this.find(resource, id)
    for (const [name, value] of form) row[name] = value
    return row
  }

  /** everything paid back, by currency */
  refunded(currency: string): number {
    return this.rows('refunds')
      .filter((row) => row['currency'] === currency)
      .reduce((sum, row) => sum + Number(row['amount']), 0)
  }
}

function metadataOf(form: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...form].flatMap(([name, value]) => {
      const key = /^metadata\[([^\]]+)\]$/.exec(name)?.[1]
      return key === undefined ? [] : [[key, value]]
    }),
  )
}

export function expansions(query: URLSearchParams): string[] {
  return [...query].flatMap(([name, value]) => (/^expand\[\d*\]$/.test(name) ? [value] : []))
}
