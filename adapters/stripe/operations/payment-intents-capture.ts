import { z } from 'zod'
import { moneyWords, type Money } from '../../../capabilities/index.ts'
import type { Operation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { fromStripe, moneyRow, noteRows, ofWords } from '../changing/card.ts'
import { change, type Asked } from '../changing/effect.ts'
import { customerOf, numberIn, readThing, textIn } from '../changing/read.ts'
import { amountText, metadataText } from '../parameters.ts'
import { paymentIntents, type StripeObject } from '../reading/resource.ts'

const schema = z.strictObject({
  amount_to_capture: amountText.optional(),
  metadata: metadataText.optional(),
})

type Form = z.infer<typeof schema>

/** what a customer has authorised is taken; the amount is always said to Stripe, so that what was decided on is what is taken */
export const paymentIntentsCapture: Operation = change<Form, StripeObject>({
  effect: 'payment_intents.capture',
  routes: [{ method: 'POST', template: '/v1/payment_intents/{id}/capture', dialect: 'form' }],
  prefixes: paymentIntents.prefixes,
  schema,
  find: async ({ id }, call) => readThing(['payment_intents', id], 'payment_intent', call),
  targetOf: (intent, asked) => ({ customer: customerOf(intent), money: taken(intent, asked) }),
  obstacle(intent, asked) {
    const left = numberIn(intent, 'amount_capturable')
    if (intent['status'] !== 'requires_capture' || left <= 0) {
      return badRequest('not_capturable', 'nothing of this payment waits to be captured')
    }
    if (taken(intent, asked).amount <= left) return undefined
    const most = moneyWords(left, textIn(intent, 'currency'))
    return badRequest('over_capture', `only ${most} can be captured`)
  },
  path: (_intent, { id }) => ['payment_intents', id, 'capture'],
  values: (intent, asked) => ({
    amount_to_capture: taken(intent, asked).amount,
    metadata: asked.form.metadata,
  }),
  takesMark: true,
  trace: (_intent, { id }) => ({
    kind: 'state',
    path: ['payment_intents', id],
    statuses: ['succeeded', 'processing'],
  }),
  answers: 'payment_intent',
  isAsDecided: (answer, intent, asked) =>
    answer.id === asked.id &&
    (answer['status'] === 'processing' ||
      answer['amount_received'] === taken(intent, asked).amount),
  card: (intent, asked) => ({
    title: `Collect ${words(taken(intent, asked))} of a payment${ofWords(customerOf(intent))}`,
    rows: [
      ...fromStripe('Payment', intent.id),
      moneyRow(
        'Authorised',
        { currency: textIn(intent, 'currency'), amount: numberIn(intent, 'amount_capturable') },
        'provider',
      ),
      moneyRow('To collect now', taken(intent, asked), 'agent'),
      ...noteRows(asked.form.metadata),
    ],
  }),
})

function taken(intent: StripeObject, { form }: Asked<Form>): Money {
  const amount = form.amount_to_capture ?? numberIn(intent, 'amount_capturable')
  return { currency: textIn(intent, 'currency'), amount }
}

function words({ amount, currency }: Money): string {
  return moneyWords(amount, currency)
}
