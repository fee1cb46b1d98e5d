import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { fromStripe, ofWords } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { customerOf, readThing } from '../changing/read.ts'
import { subscriptions, type StripeObject } from '../reading/resource.ts'

const schema = z.strictObject({
  // either would send the customer money or an invoice: only to say "no" is accepted
  invoice_now: z.literal('false').optional(),
  prorate: z.literal('false').optional(),
})

type Form = z.infer<typeof schema>

export const subscriptionsCancel: Operation = change<Form, StripeObject>({
  effect: 'subscriptions.cancel',
  routes: [{ method: 'DELETE', template: '/v1/subscriptions/{id}', dialect: 'query' }],
  prefixes: subscriptions.prefixes,
  schema,
  find: async ({ id }, call) => readThing(['subscriptions', id], 'subscription', call),
  targetOf: (subscription) => ({ customer: customerOf(subscription) }),
  obstacle: (subscription) =>
    subscription['status'] === 'canceled'
      ? badRequest('not_cancelable', 'this subscription has ended already')
      : undefined,
  path: (_subscription, { id }) => ['subscriptions', id],
  values: () => ({ invoice_now: false, prorate: false }),
  takesMark: false,
  trace: (_subscription, { id }) => ({
    kind: 'state',
    path: ['subscriptions', id],
    statuses: ['canceled'],
  }),
  answers: 'subscription',
  isAsDecided: (answer, _subscription, { id }) =>
    answer.id === id && answer['status'] === 'canceled',
  card: (subscription) => ({
    title: `End a subscription${ofWords(customerOf(subscription))} at once`,
    rows: [
      ...fromStripe('Subscription', subscription.id),
      ...fromStripe('State now', String(subscription['status'])),
    ],
  }),
})
