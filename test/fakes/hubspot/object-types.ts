import { badRequest } from './errors.ts'

export interface ObjectType {
  readonly id: string
  readonly plural: string
  readonly singular: string
  /** notes, tasks, calls and e-mails, which need a time of their own */
  readonly isEngagement: boolean
}

/** the portal that the credential belongs to; custom types carry it in their name */
export const PORTAL_ID = '123'

function type(id: string, plural: string, singular: string, isEngagement = false): ObjectType {
  return { id, plural, singular, isEngagement }
}

export const OBJECT_TYPES: readonly ObjectType[] = [
  type('0-1', 'contacts', 'contact'),
  type('0-2', 'companies', 'company'),
  type('0-3', 'deals', 'deal'),
  type('0-5', 'tickets', 'ticket'),
  type('0-46', 'notes', 'note', true),
  type('0-27', 'tasks', 'task', true),
  type('0-48', 'calls', 'call', true),
  type('0-49', 'emails', 'email', true),
  type('0-8', 'line_items', 'line_item'),
  type('0-7', 'products', 'product'),
  type('2-3456789', `p${PORTAL_ID}_teas`, 'tea'),
]

/** plural, singular or number, in any case: HubSpot takes them all, in every dialect */
export function findType(name: string): ObjectType {
  const wanted = name.toLowerCase()
  const found = OBJECT_TYPES.find(
    ({ id, plural, singular }) =>
      id === wanted ||
      plural === wanted ||
      singular === wanted ||
      plural === `p${PORTAL_ID}_${wanted}`,
  )
  if (found) return found
  throw badRequest(`Unable to infer object type from: ${name}`)
}
