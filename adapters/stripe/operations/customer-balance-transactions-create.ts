import { z } from 'zod'
import { moneyWords } from '../../../capabilities/index.ts'
import type { Operation } from '../../operation.ts'
import { currencyText, metadataText } from '../parameters.ts'
import { fromAgent, fromStripe, moneyRow, noteRows } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { readThing } from '../changing/read.ts'
import type { StripeObject } from '../reading/resource.ts'

const schema = z.strictObject({
  amount: z
    .string()
    .regex(/^-[1-9]\d{0,11}$/, 'expected a credit: minor units below zero, such as -500')
    .transform(Number),
  currency: currencyText,
  description: z.string().max(350).optional(),
  metadata: metadataText.optional(),
})

type Form = z.infer<typeof schema>

/** Stripe writes a credit as a negative number; it counts as what it gives. What a customer would owe more is not granted here */
export const customerBalanceTransactionsCreate: Operation = change<Form, StripeObject>({
  effect: 'customer_balance_transactions.create',
  routes: [
    { method: 'POST', template: '/v1/customers/{id}/balance_transactions', dialect: 'form' },
  ],
  prefixes: ['cus'],
  schema,
  find: async ({ id }, call) => readThing(['customers', id], 'customer', call),
  targetOf: ({ id }, { form: { amount, currency } }) => ({
    customer: id,
    money: { currency, amount: -amount },
  }),
  path: (_customer, { id }) => ['customers', id, 'balance_transactions'],
  values: (_customer, { form }) => ({ ...form }),
  takesMark: true,
  trace: (_customer, { id }) => ({
    kind: 'made',
    path: ['customers', id, 'balance_transactions'],
    query: [],
  }),
  answers: 'customer_balance_transaction',
  isAsDecided: (answer, _customer, { form }) =>
    answer['amount'] === form.amount && answer['currency'] === form.currency,
  card: (customer, { form: { amount, currency, description, metadata } }) => ({
    title: `Give ${customer.id} ${moneyWords(-amount, currency)} of credit`,
    rows: [
      ...fromStripe('Customer', customer.id),
      moneyRow('Credit for later invoices', { amount: -amount, currency }, 'agent'),
      ...fromAgent('Words to it', description),
      ...noteRows(metadata),
    ],
  }),
})
