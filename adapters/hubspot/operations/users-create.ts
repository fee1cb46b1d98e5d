import { z } from 'zod'
import { normaliseAddress, type HubspotAction } from '../../../capabilities/index.ts'
import { isRecord } from '../../is-record.ts'
import type { EffectOperation } from '../../operation.ts'
import { badRequest } from '../../refusal.ts'
import { decodeBody, decodeNoQuery } from '../parameters.ts'
import { unexpected } from '../records/record.ts'
import { differs } from '../writing/written.ts'

interface Params {
  readonly email: string
  readonly firstName: string | undefined
  readonly lastName: string | undefined
  readonly sendWelcomeEmail: boolean | undefined
}

const name = z
  .string()
  .regex(/^[^\p{Cc}\p{Cf}]{1,100}$/u, 'expected a name')
  .optional()

/** without a role the person may do nothing yet: which one, and in which team, is for the account's owner to say */
const schema = z.strictObject({
  email: z.string().max(256),
  firstName: name,
  lastName: name,
  sendWelcomeEmail: z.boolean().optional(),
})

const action: HubspotAction = { operation: 'hubspot.users.provision', crm: {} }

/** a person who may log in to the account; a grant of it always asks its buyer */
export const usersCreate: EffectOperation<Params, Params> = {
  name: 'hubspot.users.create',
  effect: 'effect',
  // the stock client of some versions asks with a slash at the end
  routes: [
    { method: 'POST', template: '/settings/v3/users/', dialect: 'v3' },
    { method: 'POST', template: '/settings/v3/users', dialect: 'v3' },
    { method: 'POST', template: '/settings/users/v3', dialect: 'v3' },
    { method: 'POST', template: '/settings/users/2026-03', dialect: 'dated' },
    { method: 'POST', template: '/settings/users/2026-09', dialect: 'dated' },
  ],
  maxBodyBytes: 16 * 1024,
  gates: [action],
  conceals: false,
  decode(request) {
    const query = decodeNoQuery(request)
    if (!query.ok) return query
    const body = decodeBody(request, schema)
    if (!body.ok) return body
    const { firstName, lastName, sendWelcomeEmail } = body.params
    const email = normaliseAddress(body.params.email)
    if (email === undefined) {
      return { ok: false, refusal: badRequest('bad_email', 'expected one e-mail address') }
    }
    return { ok: true, params: { email, firstName, lastName, sendWelcomeEmail } }
  },
  toRecord: ({ email }) => ({ email }),
  prepare: (params) => ({ ok: true, prepared: params, actions: [action] }),
  plan: (params) => ({
    method: 'POST',
    path: ['settings', 'v3', 'users'],
    contentType: 'application/json',
    body: JSON.stringify(params),
  }),
  project(response, { email }, _chosen, call) {
    if (!isRecord(response)) throw unexpected('no user')
    const { id, email: made } = response
    if (typeof made !== 'string' || made.toLowerCase() !== email) {
      return differs('hubspot.users.create', call)
    }
    return { ok: true, status: 201, body: { id, email } }
  },
  approvable: ({ email, firstName, lastName, sendWelcomeEmail }) => ({
    action: {
      email,
      firstName: firstName ?? null,
      lastName: lastName ?? null,
      sendWelcomeEmail: sendWelcomeEmail ?? null,
    },
    card: {
      title: `Let ${email} into the HubSpot account`,
      rows: [
        { label: 'E-mail', value: email, from: 'agent' },
        ...(firstName === undefined
          ? []
          : [{ label: 'First name', value: firstName, from: 'agent' } as const]),
        ...(lastName === undefined
          ? []
          : [{ label: 'Last name', value: lastName, from: 'agent' } as const]),
        { label: 'Role', value: 'none: it is for you to give one', from: 'front' },
        {
          label: 'Welcome e-mail',
          value: sendWelcomeEmail === false ? 'no' : 'yes',
          from: 'agent',
        },
      ],
    },
  }),
}
