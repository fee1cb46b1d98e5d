import { z } from 'zod'
import { moneyWords } from '../../../capabilities/index.ts'
import type { Operation } from '../../operation.ts'
import { fromAgent, fromStripe, moneyRow, noteRows, ofWords } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { readThing } from '../changing/read.ts'
import { amountText, currencyText, idText, metadataText, truthText } from '../parameters.ts'
import { idOf } from '../reading/resource.ts'

const schema = z
  .strictObject({
    amount: amountText,
    currency: currencyText,
    customer: idText('cus').optional(),
    description: z.string().max(500).optional(),
    capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
    confirm: truthText.optional(),
    off_session: truthText.optional(),
    payment_method: idText('pm', 'card', 'src', 'ba').optional(),
    payment_method_types: z
      .array(z.enum(['card', 'link', 'sepa_debit', 'us_bank_account']))
      .optional(),
    automatic_payment_methods: z
      .strictObject({ enabled: truthText, allow_redirects: z.literal('never').optional() })
      .optional(),
    metadata: metadataText.optional(),
  })
  .refine(({ confirm, customer }) => confirm !== 'true' || customer !== undefined, {
    path: ['customer'],
    message: 'whoever is charged at once must be named',
  })

type Form = z.infer<typeof schema>

interface Found {
  /** as Stripe has it; undefined: nobody is named */
  readonly customer: string | undefined
}

/**
 * Asking for money, and with `confirm` taking it. Not accepted: what sends it on to others (`transfer_data`, `on_behalf_of`,
 * `application_fee_amount`), what keeps a way of paying for later, and what writes to anybody (`receipt_email`).
 */
export const paymentIntentsCreate: Operation = change<Form, Found>({
  effect: 'payment_intents.create',
  routes: [{ method: 'POST', template: '/v1/payment_intents', dialect: 'form' }],
  schema,
  async find({ form: { customer } }, call) {
    if (customer === undefined) return { customer }
    const found = await readThing(['customers', customer], 'customer', call)
    return found && { customer: found.id }
  },
  targetOf: ({ customer }, { form: { amount, currency } }) => ({
    customer,
    money: { currency, amount },
  }),
  isOpen: ({ form: { customer } }) => customer === undefined,
  path: () => ['payment_intents'],
  values: (_found, { form }) => ({ ...form }),
  takesMark: true,
  trace: ({ customer }, _asked, { now }) => ({
    kind: 'made',
    path: ['payment_intents'],
    query:
      customer === undefined
        ? [['created[gte]', String(now - CLOCK_SKEW_SECONDS)]]
        : [['customer', customer]],
  }),
  answers: 'payment_intent',
  isAsDecided: (answer, { customer }, { form: { amount, currency } }) =>
    answer['amount'] === amount &&
    answer['currency'] === currency &&
    idOf(answer['customer']) === customer,
  card: ({ customer }, { form: { amount, currency, confirm, ...form } }) => ({
    title: `${confirm === 'true' ? 'Charge' : 'Ask for'} ${moneyWords(amount, currency)}${ofWords(customer)}`,
    rows: [
      ...fromStripe('Customer', customer),
      moneyRow('Amount', { amount, currency }, 'agent'),
      ...fromAgent('Taken', TAKEN[confirm === 'true' ? 'now' : 'later']),
      ...fromAgent('Capture', form.capture_method),
      ...fromAgent('Paid with', form.payment_method),
      ...fromAgent('Words to it', form.description),
      ...noteRows(form.metadata),
    ],
  }),
})

const TAKEN = { now: 'at once', later: 'when the customer pays' }

/** how far our clock and Stripe's may be apart */
const CLOCK_SKEW_SECONDS = 300
