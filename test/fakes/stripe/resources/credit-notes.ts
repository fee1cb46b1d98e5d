import { invalid, missing } from '../errors.ts'
import {
  amount,
  demand,
  group,
  integer,
  list,
  mergedMetadata,
  metadata,
  oneOf,
  text,
  tree,
  type Params,
} from '../kinds.ts'
import { equals, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'
import type { Row } from '../row.ts'
import type { Shop } from '../shop.ts'
import { adjust } from './customers.ts'
import { refund } from './refunds.ts'

const CREATE = {
  amount,
  credit_amount: integer(0),
  effective_at: integer(0, 99_999_999_999),
  email_type: oneOf('credit_note', 'none'),
  invoice: text,
  lines: list(
    group({
      amount,
      description: text,
      invoice_line_item: text,
      metadata,
      quantity: integer(1),
      tax_amounts: tree,
      type: oneOf('custom_line_item', 'invoice_line_item'),
      unit_amount: amount,
    }),
  ),
  memo: text,
  metadata,
  out_of_band_amount: integer(0),
  reason: oneOf('duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory'),
  refund_amount: integer(0),
} as const

export const creditNoteRoutes: readonly Route[] = [
  listRoute('/v1/credit_notes', 'credit_notes', {
    customer: equals('customer'),
    invoice: equals('invoice'),
  }),
  retrieveRoute('/v1/credit_notes/{id}', 'credit_notes'),
  route('POST', '/v1/credit_notes', CREATE, ({ shop, params }) => create(shop, params)),
]

function create(shop: Shop, params: Params<typeof CREATE>): Row {
  const invoice = shop.find('invoices', demand(params.invoice, 'invoice'), 'invoice')
  const sum = sumOf(invoice, params)
  const {
    refund_amount: back = 0,
    credit_amount: credit = 0,
    out_of_band_amount: other = 0,
  } = params
  const isPaid = invoice['status'] === 'paid'
  if (!isPaid && invoice['status'] !== 'open') {
    throw invalid('A credit note is of an invoice that is open or paid', undefined, 'invoice')
  }
  if (sum > leftOf(invoice)) {
    const message = `The credit notes of this invoice exceed what is left of it (${leftOf(invoice)})`
    throw invalid(message, 'amount_too_large', 'amount')
  }
  const split = back + credit + other
  if (isPaid ? split !== sum : split !== 0) {
    const message = isPaid
      ? `The sum of credit, refund and out of band amounts (${split}) must equal the amount (${sum})`
      : 'An invoice that is not paid has nothing to give back'
    throw invalid(message, 'parameter_invalid', 'amount')
  }
  const refunded = back > 0 ? refund(shop, chargeOf(shop, invoice), { amount: back }) : undefined
  const field = isPaid ? 'post_payment_credit_notes_amount' : 'pre_payment_credit_notes_amount'
  invoice[field] = Number(invoice[field]) + sum
  if (!isPaid) settle(shop, invoice, sum)
  const note = shop.add('credit_notes', 'credit_note', {
    amount: sum,
    currency: invoice['currency'],
    customer: invoice['customer'],
    customer_balance_transaction: null,
    invoice: invoice.id,
    lines: {
      object: 'list',
      data: (params.lines ?? []).map((line, index) => ({
        id: `cnli_${index}`,
        object: 'credit_note_line_item',
        ...line,
      })),
      has_more: false,
      url: '/v1/credit_notes',
    },
    memo: params.memo ?? null,
    metadata: mergedMetadata({}, params.metadata),
    out_of_band_amount: other,
    pdf: 'https://pay.stripe.com/credit_notes/secret/pdf',
    reason: params.reason ?? null,
    refunds:
      refunded === undefined
        ? []
        : [{ amount_refunded: back, refund: refunded.id, type: 'refund' }],
    status: 'issued',
    total: sum,
    type: isPaid ? 'post_payment' : 'pre_payment',
    voided_at: null,
  })
  if (credit > 0) {
    const customer = shop.find('customers', String(invoice['customer']))
    const credited = { amount: -credit, type: 'credit_note', credit_note: note.id }
    note['customer_balance_transaction'] = adjust(shop, customer, credited).id
  }
  return note
}

function sumOf(invoice: Row, { amount, lines }: Params<typeof CREATE>): number {
  if (lines === undefined) return demand(amount, 'amount')
  if (amount !== undefined) {
    throw invalid('You cannot pass both amount and lines', 'parameter_invalid', 'amount')
  }
  return lines.reduce((sum, line, index) => {
    const name = `lines[${index}]`
    if (demand(line.type, `${name}[type]`) === 'custom_line_item') {
      const each = demand(line.unit_amount, `${name}[unit_amount]`)
      return sum + each * demand(line.quantity, `${name}[quantity]`)
    }
    const { data } = invoice['lines'] as { data: Row[] }
    const id = demand(line.invoice_line_item, `${name}[invoice_line_item]`)
    const of = data.find((one) => one.id === id)
    if (of === undefined) throw missing('line item', id, `${name}[invoice_line_item]`)
    return sum + (line.amount ?? Number(of['amount']))
  }, 0)
}

function leftOf(invoice: Row): number {
  return invoice['status'] === 'paid'
    ? Number(invoice['amount_paid']) - Number(invoice['post_payment_credit_notes_amount'])
    : Number(invoice['amount_remaining'])
}

function settle(shop: Shop, invoice: Row, sum: number): void {
  invoice['amount_due'] = Number(invoice['amount_due']) - sum
  invoice['amount_remaining'] = Number(invoice['amount_remaining']) - sum
  if (invoice['amount_remaining'] !== 0) return
  const before = invoice['status_transitions'] as object
  Object.assign(invoice, {
    status: 'paid',
    status_transitions: { ...before, paid_at: shop.now() },
  })
}

function chargeOf(shop: Shop, invoice: Row): Row {
  const { data } = invoice['payments'] as { data: { payment: { charge?: string } }[] }
  const charge = data[0]?.payment.charge
  if (charge === undefined)
    throw invalid('There is no payment to refund', undefined, 'refund_amount')
  return shop.find('charges', charge)
}
