import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { fromAgent, fromStripe, noteRows, ofWords } from '../changing/card.ts'
import { change, writtenIn } from '../changing/effect.ts'
import { phaseRows, phasesText, withoutProration } from '../changing/phases.ts'
import { customerOf, readThing } from '../changing/read.ts'
import { markOf } from '../find-done.ts'
import { metadataText, someOf } from '../parameters.ts'
import type { StripeObject } from '../reading/resource.ts'

const schema = someOf(
  z.strictObject({
    end_behavior: z.enum(['cancel', 'release']).optional(),
    phases: phasesText.optional(),
    metadata: metadataText.optional(),
  }),
)

type Form = z.infer<typeof schema>

/** nothing that it changes is prorated: that would give credit past every limit on refunds */
export const subscriptionSchedulesUpdate: Operation = change<Form, StripeObject>({
  effect: 'subscription_schedules.update',
  routes: [{ method: 'POST', template: '/v1/subscription_schedules/{id}', dialect: 'form' }],
  prefixes: ['sub_sched'],
  schema,
  find: async ({ id }, call) =>
    readThing(['subscription_schedules', id], 'subscription_schedule', call),
  targetOf: (schedule, { form }) => ({ customer: customerOf(schedule), fields: writtenIn(form) }),
  path: (_schedule, { id }) => ['subscription_schedules', id],
  values: (_schedule, { form }) => ({
    ...form,
    phases: withoutProration(form.phases),
    proration_behavior: 'none',
  }),
  takesMark: true,
  trace: (schedule, { id }) => ({
    kind: 'marked',
    path: ['subscription_schedules', id],
    before: markOf(schedule),
  }),
  answers: 'subscription_schedule',
  isAsDecided: (answer, schedule, { id }) =>
    answer.id === id && customerOf(answer) === customerOf(schedule),
  card: (schedule, { form }) => ({
    title: `Change what is planned for a subscription${ofWords(customerOf(schedule))}`,
    rows: [
      ...fromStripe('Plan', schedule.id),
      ...phaseRows(form.phases),
      ...fromAgent('At the end', form.end_behavior),
      ...noteRows(form.metadata),
    ],
  }),
})
