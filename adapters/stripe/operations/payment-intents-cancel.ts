import { z } from 'zod'
import { moneyWords, type Money } from '../../../capabilities/index.ts'
import type { Operation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { fromAgent, fromStripe, moneyRow, ofWords } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { customerOf, numberIn, readThing, textIn } from '../changing/read.ts'
import { paymentIntents, type StripeObject } from '../reading/resource.ts'

const schema = z.strictObject({
  // `fraudulent` puts card and address of the customer on Stripe's block lists
  cancellation_reason: z.enum(['duplicate', 'requested_by_customer', 'abandoned']).optional(),
})

type Form = z.infer<typeof schema>

const OVER = ['succeeded', 'canceled', 'processing']

/** what was held of the customer's money is let go: it counts as a refund of that much, and of nothing where nothing was held */
export const paymentIntentsCancel: Operation = change<Form, StripeObject>({
  effect: 'payment_intents.cancel',
  routes: [{ method: 'POST', template: '/v1/payment_intents/{id}/cancel', dialect: 'form' }],
  prefixes: paymentIntents.prefixes,
  schema,
  find: async ({ id }, call) => readThing(['payment_intents', id], 'payment_intent', call),
  targetOf: (intent) => ({ customer: customerOf(intent), money: held(intent) }),
  obstacle: (intent) =>
    OVER.includes(String(intent['status']))
      ? badRequest('not_cancelable', 'this payment is made or cancelled already')
      : undefined,
  path: (_intent, { id }) => ['payment_intents', id, 'cancel'],
  values: (_intent, { form }) => ({ ...form }),
  takesMark: false,
  trace: (_intent, { id }) => ({
    kind: 'state',
    path: ['payment_intents', id],
    statuses: ['canceled'],
  }),
  answers: 'payment_intent',
  isAsDecided: (answer, _intent, { id }) => answer.id === id && answer['status'] === 'canceled',
  card: (intent, { form }) => ({
    title: `Cancel a payment of ${moneyWords(numberIn(intent, 'amount'), textIn(intent, 'currency'))}${ofWords(customerOf(intent))}`,
    rows: [
      ...fromStripe('Payment', intent.id),
      moneyRow('Held of the customer’s money', held(intent), 'provider'),
      ...fromAgent('Reason given', form.cancellation_reason),
    ],
  }),
})

function held(intent: StripeObject): Money {
  const amount = intent['status'] === 'requires_capture' ? numberIn(intent, 'amount_capturable') : 0
  return { currency: textIn(intent, 'currency'), amount }
}
