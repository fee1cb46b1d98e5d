import { z } from 'zod'
import type { StripeTarget } from '../../../capabilities/index.ts'
import type { Operation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { fromStripe, moneyRow, ofWords } from '../changing/card.ts'
import { change } from '../changing/effect.ts'
import { numberIn, readChargeOf, readThing, textIn } from '../changing/read.ts'
import { refunds, type StripeObject } from '../reading/resource.ts'

interface Found {
  readonly refund: StripeObject
  /** of its charge; of a refund without one nothing is known */
  readonly of: StripeTarget
}

/**
 * A refund that still waits for something is not made. What it took from a limit stays taken: a limit that an agent could fill up
 * again by taking things back would be none.
 */
export const refundsCancel: Operation = change<Record<string, never>, Found>({
  effect: 'refunds.cancel',
  routes: [{ method: 'POST', template: '/v1/refunds/{id}/cancel', dialect: 'form' }],
  prefixes: refunds.prefixes,
  schema: z.strictObject({}),
  async find({ id }, call) {
    const refund = await readThing(['refunds', id], 'refund', call)
    return refund && { refund, of: (await readChargeOf(refund, call)) ?? {} }
  },
  targetOf: ({ of }) => of,
  obstacle({ refund }) {
    const isWaiting = ['requires_action', 'pending'].includes(String(refund['status']))
    return isWaiting ? undefined : badRequest('not_waiting', 'this refund does not wait any more')
  },
  path: (_found, { id }) => ['refunds', id, 'cancel'],
  values: () => ({}),
  takesMark: false,
  trace: (_found, { id }) => ({ kind: 'state', path: ['refunds', id], statuses: ['canceled'] }),
  answers: 'refund',
  isAsDecided: (answer, _found, { id }) => answer.id === id && answer['status'] === 'canceled',
  card: ({ refund, of }) => ({
    title: `Stop a refund${ofWords(of.customer)}`,
    rows: [
      ...fromStripe('Refund', refund.id),
      moneyRow(
        'Amount',
        { amount: numberIn(refund, 'amount'), currency: textIn(refund, 'currency') },
        'provider',
      ),
    ],
  }),
})
