import { gmailProvider } from '../adapters/gmail/provider.ts'
import { hubspotProvider } from '../adapters/hubspot/provider.ts'
import { stripeProvider } from '../adapters/stripe/provider.ts'
import { startFront } from './front-role.ts'
import type { Foundation } from './foundation.ts'
import type { Listening } from './listen.ts'
import { startReconciler } from './state/reconciler.ts'

export function startGmailRole(foundation: Foundation): Promise<Listening> {
  const { gmailUrl, gmailUpstream, gmailPort } = foundation.config
  return startFront(foundation, {
    provider: gmailProvider,
    resource: gmailUrl,
    upstream: gmailUpstream,
    port: gmailPort,
  })
}

export function startHubspotRole(foundation: Foundation): Promise<Listening> {
  const { hubspotUrl, hubspotUpstream, hubspotPort } = foundation.config
  return startFront(foundation, {
    provider: hubspotProvider,
    resource: hubspotUrl,
    upstream: hubspotUpstream,
    port: hubspotPort,
  })
}

export function startStripeRole(foundation: Foundation): Promise<Listening> {
  const { config, database, log } = foundation
  return startFront(foundation, {
    provider: stripeProvider,
    resource: config.stripeUrl,
    upstream: config.stripeUpstream,
    port: config.stripePort,
    beside: (front, connections) =>
      startReconciler(database.db, { provider: 'stripe', front, connections, log }),
  })
}
