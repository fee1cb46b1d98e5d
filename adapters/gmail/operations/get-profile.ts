import type { ReadOperation } from '../../operation.ts'
import { isRecord, unexpected } from '../message.ts'
import { decodeQuery, NO_PARAMETERS } from '../parameters.ts'

const ACTION = { operation: 'gmail.profile.read' } as const

/** who the account is, and no counts: they grow with every message, the unreadable ones too */
export const getProfile: ReadOperation<Record<string, never>, undefined> = {
  effect: 'read',
  name: 'gmail.users.getProfile',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/profile', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [ACTION],
  conceals: false,
  decode: (request) => decodeQuery(request, NO_PARAMETERS),
  toRecord: () => ({}),
  prepare: () => ({ ok: true, prepared: undefined, actions: [ACTION] }),
  async project(_prepared, _chosen, call) {
    const answer = await call.reader.read(['profile'])
    const address = isRecord(answer) ? answer['emailAddress'] : undefined
    if (typeof address !== 'string') throw unexpected('a profile has no address')
    return { ok: true, body: { emailAddress: address, messagesTotal: 0, threadsTotal: 0 } }
  },
}
