import type { Context } from 'koa'
import { readForm, type Form } from './form.ts'
import { PageRefusal } from './refusal.ts'
import type { ConsoleServices } from './services.ts'
import type { ConsoleSession } from './sessions.ts'
import { findSession } from './sign-in.ts'

export interface Posted {
  readonly form: Form
  readonly session: ConsoleSession
}

/** a form of a signed-in page; without a session there is nobody whose form it could be. `nothing`: what did not happen */
export async function readPosted(
  services: ConsoleServices,
  ctx: Context,
  nothing: string,
): Promise<Posted | undefined> {
  const form = await readForm(ctx.req)
  const session = await findSession(services, ctx)
  if (!session) return undefined
  const binding = { form: 'session', session: session.idHash } as const
  if (!services.tokens.accepts(form.get('form_token'), binding)) {
    const advice = 'Go back, reload the page and try again.'
    throw new PageRefusal(403, 'This form is out of date', `${nothing} ${advice}`)
  }
  return { form, session }
}
