import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { changeRows, fromStripe } from '../changing/card.ts'
import { change, toPlain, writtenIn } from '../changing/effect.ts'
import { readThing } from '../changing/read.ts'
import { markOf } from '../find-done.ts'
import { addressText, emailText, lineText, metadataText, someOf } from '../parameters.ts'
import type { StripeObject } from '../reading/resource.ts'

const schema = someOf(
  z.strictObject({
    address: addressText.optional(),
    description: z.string().max(500).optional(),
    email: emailText.optional(),
    metadata: metadataText.optional(),
    name: lineText.optional(),
    phone: lineText.optional(),
    preferred_locales: z
      .array(z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'a locale'))
      .max(5)
      .optional(),
    shipping: z
      .strictObject({ address: addressText.optional(), name: lineText, phone: lineText.optional() })
      .optional(),
  }),
)

type Form = z.infer<typeof schema>

/** an address decides where invoices and goods go, so each parameter is granted by its name */
export const customersUpdate: Operation = change<Form, StripeObject>({
  effect: 'customers.update',
  routes: [{ method: 'POST', template: '/v1/customers/{id}', dialect: 'form' }],
  prefixes: ['cus'],
  schema,
  find: async ({ id }, call) => readThing(['customers', id], 'customer', call),
  targetOf: ({ id }, { form }) => ({ customer: id, fields: writtenIn(form) }),
  path: (_customer, { id }) => ['customers', id],
  values: (_customer, { form }) => ({ ...form }),
  takesMark: true,
  trace: (customer, { id }) => ({
    kind: 'marked',
    path: ['customers', id],
    before: markOf(customer),
  }),
  answers: 'customer',
  isAsDecided: (answer, _customer, { id }) => answer.id === id,
  card: (customer, { form }) => ({
    title: `Change what is stored of ${customer.id}`,
    rows: [...fromStripe('Customer', customer.id), ...changeRows(toPlain(form), customer)],
  }),
})
