import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { fromAgent, fromStripe, noteRows, ofWords } from '../changing/card.ts'
import { change, writtenIn } from '../changing/effect.ts'
import { phaseRows, phasesText, withoutProration } from '../changing/phases.ts'
import { customerOf, readThing } from '../changing/read.ts'
import { idText, metadataText, timestampText } from '../parameters.ts'

const schema = z
  .strictObject({
    customer: idText('cus').optional(),
    from_subscription: idText('sub').optional(),
    start_date: timestampText.or(z.literal('now')).optional(),
    end_behavior: z.enum(['cancel', 'release']).optional(),
    phases: phasesText.optional(),
    metadata: metadataText.optional(),
  })
  .refine((form) => (form.customer === undefined) !== (form.from_subscription === undefined), {
    message: 'name exactly one of `customer` and `from_subscription`',
  })
  .refine((form) => (form.customer === undefined) === (form.phases === undefined), {
    message: 'say the `phases` of a new subscription, and none of one that is there already',
  })

type Form = z.infer<typeof schema>

interface Found {
  readonly customer: string | undefined
}

/** what a customer will pay for later; whose subscription it is Stripe tells */
export const subscriptionSchedulesCreate: Operation = change<Form, Found>({
  effect: 'subscription_schedules.create',
  routes: [{ method: 'POST', template: '/v1/subscription_schedules', dialect: 'form' }],
  schema,
  async find({ form: { customer, from_subscription: subscription = '' } }, call) {
    const found =
      customer === undefined
        ? await readThing(['subscriptions', subscription], 'subscription', call)
        : await readThing(['customers', customer], 'customer', call)
    return found && { customer: customer === undefined ? customerOf(found) : found.id }
  },
  targetOf: ({ customer }, { form }) => ({ customer, fields: writtenIn(form, ABOUT) }),
  path: () => ['subscription_schedules'],
  values: (_found, { form }) => ({ ...form, phases: withoutProration(form.phases) }),
  takesMark: true,
  trace: ({ customer = '' }) => ({
    kind: 'made',
    path: ['subscription_schedules'],
    query: [['customer', customer]],
  }),
  answers: 'subscription_schedule',
  isAsDecided: (answer, { customer }) => customerOf(answer) === customer,
  card: ({ customer }, { form }) => ({
    title: `Plan a subscription${ofWords(customer)}`,
    rows: [
      ...fromStripe('Customer', customer),
      ...fromAgent('Of the subscription', form.from_subscription),
      ...fromAgent('Begins', form.start_date),
      ...phaseRows(form.phases),
      ...fromAgent('At the end', form.end_behavior),
      ...noteRows(form.metadata),
    ],
  }),
})

/** who it is about is a matter of `customers` */
const ABOUT = ['customer', 'from_subscription']
