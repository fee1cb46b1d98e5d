import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { fromStripe, moneyRow, ofWords } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { customerOf, numberIn, readThing, textIn } from '../changing/read.ts'
import { idOf, invoices, type StripeObject } from '../reading/resource.ts'

/** Stripe writes to the customer. That leaves no trace to ask for: an answer that is lost counts as sent */
export const invoicesSend: Operation = change<Record<string, never>, StripeObject>({
  effect: 'invoices.send',
  routes: [{ method: 'POST', template: '/v1/invoices/{id}/send', dialect: 'form' }],
  prefixes: invoices.prefixes,
  schema: z.strictObject({}),
  find: async ({ id }, call) => readThing(['invoices', id], 'invoice', call),
  targetOf: (invoice) => ({ customer: customerOf(invoice) }),
  // Stripe would make a draft final first, and that is another act
  obstacle: (invoice) =>
    invoice['status'] === 'open'
      ? undefined
      : badRequest('not_open', 'only an open invoice can be sent'),
  path: (_invoice, { id }) => ['invoices', id, 'send'],
  values: () => ({}),
  takesMark: false,
  trace: (_invoice, { id }) => ({ kind: 'told', path: ['invoices', id] }),
  answers: 'invoice',
  isAsDecided: (answer, invoice, { id }) =>
    answer.id === id && idOf(answer['customer']) === customerOf(invoice),
  card: (invoice) => ({
    title: `Send an invoice${ofWords(customerOf(invoice))}`,
    rows: [
      ...fromStripe('Invoice', invoice.id),
      ...fromStripe('To', toText(invoice['customer_email'])),
      moneyRow(
        'Still owed',
        { currency: textIn(invoice, 'currency'), amount: numberIn(invoice, 'amount_remaining') },
        'provider',
      ),
    ],
  }),
})

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
