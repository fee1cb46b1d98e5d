import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { changeRows, fromStripe } from '../changing/card.ts'
import { change, toPlain, writtenIn } from '../changing/effect.ts'
import { readThing } from '../changing/read.ts'
import { markOf } from '../find-done.ts'
import { emailText, lineText, metadataText, someOf } from '../parameters.ts'
import type { StripeObject } from '../reading/resource.ts'

const schema = someOf(
  z.strictObject({
    business_profile: z
      .strictObject({
        name: lineText.optional(),
        product_description: z.string().max(1_000).optional(),
        support_email: emailText.optional(),
        support_phone: lineText.optional(),
        support_url: z.string().max(500).optional(),
        url: z.string().max(500).optional(),
      })
      .optional(),
    email: emailText.optional(),
    metadata: metadataText.optional(),
  }),
)

type Form = z.infer<typeof schema>

/** of a connected account, and never without its buyer's yes; where its money goes (`external_account`) is not changed here */
export const accountsUpdate: Operation = change<Form, StripeObject>({
  effect: 'accounts.update',
  routes: [{ method: 'POST', template: '/v1/accounts/{id}', dialect: 'form' }],
  prefixes: ['acct'],
  schema,
  find: async ({ id }, call) => readThing(['accounts', id], 'account', call),
  targetOf: ({ id }, { form }) => ({ account: id, fields: writtenIn(form) }),
  path: (_account, { id }) => ['accounts', id],
  values: (_account, { form }) => ({ ...form }),
  takesMark: true,
  trace: (account, { id }) => ({ kind: 'marked', path: ['accounts', id], before: markOf(account) }),
  answers: 'account',
  isAsDecided: (answer, _account, { id }) => answer.id === id,
  card: (account, { form }) => ({
    title: `Change the connected account ${account.id}`,
    rows: [...fromStripe('Account', account.id), ...changeRows(toPlain(form), account)],
  }),
})
