import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { changeRows, fromStripe, ofWords } from '../changing/card.ts'
import { change, toPlain, writtenIn } from '../changing/effect.ts'
import { itemsIn, itemWords } from '../changing/phases.ts'
import { customerOf, readThing } from '../changing/read.ts'
import { markOf } from '../find-done.ts'
import { countText, idText, metadataText, someOf, truthText } from '../parameters.ts'
import { subscriptions, type StripeObject } from '../reading/resource.ts'

const schema = someOf(
  z.strictObject({
    cancel_at_period_end: truthText.optional(),
    description: z.string().max(500).optional(),
    items: z
      .array(
        z.strictObject({
          id: idText('si').optional(),
          price: idText().optional(),
          quantity: countText.optional(),
          deleted: truthText.optional(),
        }),
      )
      .min(1)
      .max(20)
      .optional(),
    metadata: metadataText.optional(),
  }),
)

type Form = z.infer<typeof schema>

/**
 * Without proration: what changes in the middle of a period would else come back as credit, past every limit on refunds.
 * Coupons, trials and other ways to pay are not accepted at all.
 */
export const subscriptionsUpdate: Operation = change<Form, StripeObject>({
  effect: 'subscriptions.update',
  routes: [{ method: 'POST', template: '/v1/subscriptions/{id}', dialect: 'form' }],
  prefixes: subscriptions.prefixes,
  schema,
  find: async ({ id }, call) => readThing(['subscriptions', id], 'subscription', call),
  targetOf: (subscription, { form }) => ({
    customer: customerOf(subscription),
    fields: writtenIn(form),
  }),
  path: (_subscription, { id }) => ['subscriptions', id],
  values: (_subscription, { form }) => ({ ...form, proration_behavior: 'none' }),
  takesMark: true,
  trace: (subscription, { id }) => ({
    kind: 'marked',
    path: ['subscriptions', id],
    before: markOf(subscription),
  }),
  answers: 'subscription',
  isAsDecided: (answer, subscription, { id }) =>
    answer.id === id && customerOf(answer) === customerOf(subscription),
  card: (subscription, { form: { items = [], ...form } }) => ({
    title: `Change a subscription${ofWords(customerOf(subscription))}`,
    rows: [
      ...fromStripe('Subscription', subscription.id),
      ...fromStripe('Contains now', itemsIn(subscription).map(itemWords).join('; ')),
      ...items.flatMap((item) => changeRows({ item: itemWords(item) }, {})),
      ...changeRows(toPlain(form), subscription),
    ],
  }),
})
