import type { GmailAction } from './gmail-action.ts'
import type { HubspotAction } from './hubspot-action.ts'
import type { StripeAction } from './stripe-action.ts'

/** one decoded request of any front: an operation and what its facts are made of */
export type Action = GmailAction | HubspotAction | StripeAction

/** what a provider's method means, `gmail.messages.send` */
export type Operation = Action['operation']
