import { z } from 'zod'
import type { Decoded, ReadOperation } from '../../operation.ts'
import { decodeQuery } from '../parameters.ts'
import { projectObject } from '../projection/object.ts'
import { unexpected } from './resource.ts'

const schema = z.strictObject({})

/** there is one, and it has no id */
export const balanceRetrieve: ReadOperation<Record<string, never>, null> = {
  name: 'stripe.balance.retrieve',
  effect: 'read',
  routes: [{ method: 'GET', template: '/v1/balance', dialect: 'form' }],
  maxBodyBytes: 0,
  gates: [{ operation: 'stripe.balance.read', target: {} }],
  conceals: false,
  decode: (request): Decoded<Record<string, never>> => decodeQuery(request, schema),
  toRecord: () => ({}),
  prepare: (_params, { connectedAccount: account }) => ({
    ok: true,
    prepared: null,
    actions: [{ operation: 'stripe.balance.read', target: { account, expansions: [] } }],
  }),
  async project(_prepared, _chosen, call) {
    const { id: _none, ...body } = projectObject(await call.reader.read(['balance']), []) ?? {}
    if (body['object'] !== 'balance') throw unexpected('the answer is no balance')
    return { ok: true, body }
  },
}
