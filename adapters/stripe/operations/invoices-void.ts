import { z } from 'zod'
import { moneyWords, type Money } from '../../../capabilities/index.ts'
import type { Operation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { fromStripe, moneyRow, ofWords } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { customerOf, numberIn, readThing, textIn } from '../changing/read.ts'
import { invoices, type StripeObject } from '../reading/resource.ts'

/** what is still owed is given up: it counts as a refund of that much */
export const invoicesVoid: Operation = change<Record<string, never>, StripeObject>({
  effect: 'invoices.void',
  routes: [{ method: 'POST', template: '/v1/invoices/{id}/void', dialect: 'form' }],
  prefixes: invoices.prefixes,
  schema: z.strictObject({}),
  find: async ({ id }, call) => readThing(['invoices', id], 'invoice', call),
  targetOf: (invoice) => ({ customer: customerOf(invoice), money: owed(invoice) }),
  obstacle(invoice) {
    const isOpen = ['open', 'uncollectible'].includes(String(invoice['status']))
    return isOpen ? undefined : badRequest('not_open', 'only an open invoice can be voided')
  },
  path: (_invoice, { id }) => ['invoices', id, 'void'],
  values: () => ({}),
  takesMark: false,
  trace: (_invoice, { id }) => ({ kind: 'state', path: ['invoices', id], statuses: ['void'] }),
  answers: 'invoice',
  isAsDecided: (answer, _invoice, { id }) => answer.id === id && answer['status'] === 'void',
  card: (invoice) => ({
    title: `Give up ${moneyWords(owed(invoice).amount, owed(invoice).currency)} of an invoice${ofWords(customerOf(invoice))}`,
    rows: [...fromStripe('Invoice', invoice.id), moneyRow('Still owed', owed(invoice), 'provider')],
  }),
})

function owed(invoice: StripeObject): Money {
  return { currency: textIn(invoice, 'currency'), amount: numberIn(invoice, 'amount_remaining') }
}
