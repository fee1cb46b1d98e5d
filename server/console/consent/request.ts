import type { RouterContext } from '@koa/router'
import { errors, type Client, type Interaction } from 'oidc-provider'
import type { Form } from '../form.ts'
import { PageRefusal } from '../refusal.ts'
import type { ConsoleServices } from '../services.ts'
import type { ConsoleSession } from '../sessions.ts'
import { findSession } from '../sign-in.ts'

/** an agent's request that waits for the buyer, read from oidc-provider by the request's own cookie */
export interface PendingRequest {
  readonly interaction: Interaction
  readonly client: Client
}

/** the same, with the buyer it waits for in front of it */
export interface OwnRequest extends PendingRequest {
  readonly session: ConsoleSession
}

export async function findRequest(
  { options: { provider } }: ConsoleServices,
  ctx: RouterContext,
): Promise<PendingRequest> {
  try {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res)
    const client = await provider.Client.find(String(interaction.params['client_id']))
    if (client && interaction.uid === ctx.params['uid']) return { interaction, client }
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error
  }
  throw new PageRefusal(
    404,
    'This request is no longer open',
    'It was answered already, it waited for too long, you signed out meanwhile, or it was opened in another browser. Start again from the agent.',
  )
}

/** INVARIANT: a decision needs the request's cookie, the session of the buyer it is for, and a form made for both */
export async function findOwnRequest(
  services: ConsoleServices,
  ctx: RouterContext,
  form: Form,
): Promise<OwnRequest> {
  const request = await findRequest(services, ctx)
  const session = await findSession(services, ctx)
  if (!session) {
    throw new PageRefusal(
      403,
      'You are signed out',
      'Nothing was allowed. Go back, reload the page and sign in.',
    )
  }
  const { uid, prompt } = request.interaction
  const binding = { form: 'consent', interaction: uid, session: session.idHash } as const
  if (!services.tokens.accepts(form.get('form_token'), binding) || prompt.name !== 'consent') {
    throw staleForm()
  }
  return asOwn(request, session)
}

export function asOwn(request: PendingRequest, session: ConsoleSession): OwnRequest {
  assertSameBuyer(request.interaction, session.buyerId)
  return { ...request, session }
}

export function assertSameBuyer({ session }: Interaction, buyerId: string): void {
  if (session !== undefined && session.accountId !== buyerId) {
    throw new PageRefusal(
      403,
      'This request was begun by somebody else',
      'In this browser it belongs to another account. Start again from the agent to decide for yours.',
    )
  }
}

/** the client asked for a fresh sign-in (`prompt=login`, `max_age`): a session of ours does not answer that */
export function mustSignInAgain({ prompt }: Interaction): boolean {
  return prompt.reasons.some((reason) => reason !== 'no_session')
}

export function staleForm(): PageRefusal {
  return new PageRefusal(
    403,
    'This form is out of date',
    'Nothing was allowed. Go back, reload the page and try again.',
  )
}
