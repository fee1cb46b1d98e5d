import { z } from 'zod'
import { moneyWords } from '../../../capabilities/index.ts'
import type { Operation } from '../../operation.ts'
import { fromAgent, moneyRow, noteRows } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { amountText, currencyText, idText, metadataText } from '../parameters.ts'
import { idOf } from '../reading/resource.ts'

const schema = z.strictObject({
  amount: amountText,
  currency: currencyText,
  destination: idText('acct'),
  description: z.string().max(500).optional(),
  transfer_group: z.string().max(255).optional(),
  metadata: metadataText.optional(),
})

type Form = z.infer<typeof schema>

/** out of the account's balance to a connected account; `source_transaction` would reach money that is not there yet */
export const transfersCreate: Operation = change<Form, object>({
  effect: 'transfers.create',
  routes: [{ method: 'POST', template: '/v1/transfers', dialect: 'form' }],
  schema,
  find: () => Promise.resolve({}),
  targetOf: (_none, { form: { amount, currency, destination } }) => ({
    destination,
    money: { currency, amount },
  }),
  isOpen: () => true,
  path: () => ['transfers'],
  values: (_none, { form }) => ({ ...form }),
  takesMark: true,
  trace: (_none, { form }) => ({
    kind: 'made',
    path: ['transfers'],
    query: [['destination', form.destination]],
  }),
  answers: 'transfer',
  isAsDecided: (answer, _none, { form: { amount, currency, destination } }) =>
    answer['amount'] === amount &&
    answer['currency'] === currency &&
    idOf(answer['destination']) === destination,
  card: (_none, { form: { amount, currency, destination, ...rest } }) => ({
    title: `Transfer ${moneyWords(amount, currency)} to ${destination}`,
    rows: [
      ...fromAgent('To the account', destination),
      moneyRow('Amount', { amount, currency }, 'agent'),
      ...fromAgent('Words to it', rest.description),
      ...fromAgent('Group', rest.transfer_group),
      ...noteRows(rest.metadata),
    ],
  }),
})
