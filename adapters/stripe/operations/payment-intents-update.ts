import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { changeRows, fromStripe, ofWords } from '../changing/card.ts'
import { change, toPlain, writtenIn } from '../changing/effect.ts'
import { customerOf, numberIn, readThing, textIn } from '../changing/read.ts'
import { markOf } from '../find-done.ts'
import { amountText, metadataText, someOf } from '../parameters.ts'
import { paymentIntents, type StripeObject } from '../reading/resource.ts'

const schema = someOf(
  z.strictObject({
    amount: amountText.optional(),
    description: z.string().max(500).optional(),
    metadata: metadataText.optional(),
  }),
)

type Form = z.infer<typeof schema>

const CHANGEABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action']

/** another amount counts whole, as if it were asked for anew; what leaves the amount alone moves nothing */
export const paymentIntentsUpdate: Operation = change<Form, StripeObject>({
  effect: 'payment_intents.update',
  routes: [{ method: 'POST', template: '/v1/payment_intents/{id}', dialect: 'form' }],
  prefixes: paymentIntents.prefixes,
  schema,
  find: async ({ id }, call) => readThing(['payment_intents', id], 'payment_intent', call),
  targetOf: (intent, { form }) => ({
    customer: customerOf(intent),
    money: { currency: textIn(intent, 'currency'), amount: form.amount ?? 0 },
    fields: writtenIn(form),
  }),
  obstacle: (intent, { form }) =>
    form.amount === undefined || CHANGEABLE.includes(String(intent['status']))
      ? undefined
      : badRequest('not_changeable', 'the amount of this payment cannot be changed any more'),
  path: (_intent, { id }) => ['payment_intents', id],
  values: (_intent, { form }) => ({ ...form }),
  takesMark: true,
  trace: (intent, { id }) => ({
    kind: 'marked',
    path: ['payment_intents', id],
    before: markOf(intent),
  }),
  answers: 'payment_intent',
  isAsDecided: (answer, intent, { id, form }) =>
    answer.id === id && answer['amount'] === (form.amount ?? numberIn(intent, 'amount')),
  card: (intent, { form }) => ({
    title: `Change a payment${ofWords(customerOf(intent))}`,
    rows: [
      ...fromStripe('Payment', intent.id),
      ...fromStripe('Currency', textIn(intent, 'currency')),
      ...changeRows(toPlain(form), intent),
    ],
  }),
})
