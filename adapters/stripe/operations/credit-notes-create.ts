import { z } from 'zod'
import { moneyWords } from '../../../capabilities/index.ts'
import type { Operation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { fromAgent, fromStripe, moneyRow, noteRows, ofWords } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { customerOf, numberIn, readThing, textIn } from '../changing/read.ts'
import { amountText, idText, metadataText } from '../parameters.ts'
import type { StripeObject } from '../reading/resource.ts'

const PARTS = ['refund_amount', 'credit_amount', 'out_of_band_amount'] as const

const schema = z
  .strictObject({
    invoice: idText('in'),
    // lines are not accepted: Stripe would compute the sum that is decided on here
    amount: amountText,
    refund_amount: amountText.optional(),
    credit_amount: amountText.optional(),
    out_of_band_amount: amountText.optional(),
    reason: z.enum(['duplicate', 'order_change', 'product_unsatisfactory']).optional(),
    memo: z.string().max(500).optional(),
    metadata: metadataText.optional(),
  })
  .refine((form) => partsOf(form) === undefined || partsOf(form) === form.amount, {
    message: `${PARTS.join(', ')} must come to the amount, or be left out`,
  })

type Form = z.infer<typeof schema>

function partsOf(
  form: Partial<Record<(typeof PARTS)[number], number | undefined>>,
): number | undefined {
  const said = PARTS.flatMap((part) => form[part] ?? [])
  return said.length === 0 ? undefined : said.reduce((sum, one) => sum + one, 0)
}

/** money back by another door than a refund, and out of the same limit; nobody is written to */
export const creditNotesCreate: Operation = change<Form, StripeObject>({
  effect: 'credit_notes.create',
  routes: [{ method: 'POST', template: '/v1/credit_notes', dialect: 'form' }],
  schema,
  find: async ({ form }, call) => readThing(['invoices', form.invoice], 'invoice', call),
  targetOf: (invoice, { form }) => ({
    customer: customerOf(invoice),
    money: { currency: textIn(invoice, 'currency'), amount: form.amount },
  }),
  obstacle(invoice, { form }) {
    const total = numberIn(invoice, 'total')
    if (form.amount <= total) return undefined
    const most = moneyWords(total, textIn(invoice, 'currency'))
    return badRequest('over_refund', `the invoice is of ${most}: no more can be credited`)
  },
  path: () => ['credit_notes'],
  values: (_invoice, { form }) => ({ ...form, email_type: 'none' }),
  takesMark: true,
  trace: (_invoice, { form }) => ({
    kind: 'made',
    path: ['credit_notes'],
    query: [['invoice', form.invoice]],
  }),
  answers: 'credit_note',
  isAsDecided: (answer, invoice, { form }) =>
    answer['amount'] === form.amount && answer['currency'] === invoice['currency'],
  card: (invoice, { form }) => {
    const currency = textIn(invoice, 'currency')
    const parts = PARTS.flatMap((part) => {
      const amount = form[part]
      return amount === undefined ? [] : [moneyRow(PART_WORDS[part], { amount, currency }, 'agent')]
    })
    return {
      title: `Credit ${moneyWords(form.amount, currency)} of an invoice${ofWords(customerOf(invoice))}`,
      rows: [
        ...fromStripe('Invoice', invoice.id),
        moneyRow('Invoice of', { amount: numberIn(invoice, 'total'), currency }, 'provider'),
        moneyRow('To credit now', { amount: form.amount, currency }, 'agent'),
        ...parts,
        ...fromAgent('Reason given', form.reason),
        ...fromAgent('Words on the note', form.memo),
        ...noteRows(form.metadata),
      ],
    }
  },
})

const PART_WORDS: Readonly<Record<(typeof PARTS)[number], string>> = {
  refund_amount: 'Paid back',
  credit_amount: 'Credit for later invoices',
  out_of_band_amount: 'Paid back outside Stripe',
}
