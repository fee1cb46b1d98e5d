import type { Context } from 'koa'
import { findBuyer, maxPasswordLength, toEmail } from './buyers.ts'
import type { Form } from './form.ts'
import { verifyPassword } from './passwords.ts'
import type { ConsoleServices } from './services.ts'
import { sessionLifetimeMs, type ConsoleSession } from './sessions.ts'
import { toWaitText } from './time-text.ts'

export type SignInResult =
  | { readonly ok: true; readonly buyerId: string }
  | {
      readonly ok: false
      readonly status: 401 | 429
      readonly email: string
      readonly problem: string
    }

/** One answer for an unknown address, a wrong password and an unreadable one, after the same work. */
export async function checkSignIn(
  services: ConsoleServices,
  ctx: Context,
  form: Form,
): Promise<SignInResult> {
  const { attempts, options } = services
  const typed = (form.get('email') ?? '').slice(0, 320)
  const password = form.get('password') ?? ''
  const email = toEmail(typed)
  const now = services.now()

  const blocked = await attempts.begin(email ?? typed, clientAddress(ctx), now)
  if (blocked) {
    options.log({ event: 'sign_in', outcome: 'blocked', buyerId: undefined })
    ctx.set('retry-after', String(Math.ceil((blocked.blockedUntil.getTime() - now) / 1000)))
    const wait = toWaitText(blocked.blockedUntil.getTime() - now)
    return {
      ok: false,
      status: 429,
      email: typed,
      problem: `Too many attempts. Wait ${wait}, then try again.`,
    }
  }
  const buyer = email === undefined ? undefined : await findBuyer(options.db, email)
  const readable = password.length <= maxPasswordLength
  const right = await verifyPassword(readable ? password : '', buyer?.passwordHash)
  if (!buyer || !right || !readable) {
    options.log({ event: 'sign_in', outcome: 'refused', buyerId: buyer?.id })
    return {
      ok: false,
      status: 401,
      email: typed,
      problem: 'The e-mail address or the password is not right.',
    }
  }
  await attempts.succeeded(email ?? typed, clientAddress(ctx))
  options.log({ event: 'sign_in', outcome: 'done', buyerId: buyer.id })
  return { ok: true, buyerId: buyer.id }
}

export async function startSession(
  services: ConsoleServices,
  ctx: Context,
  buyerId: string,
): Promise<void> {
  await services.sessions.end(services.sessionCookie.read(ctx))
  services.sessionCookie.set(
    ctx,
    await services.sessions.start(buyerId, services.now()),
    sessionLifetimeMs,
  )
}

export async function findSession(
  services: ConsoleServices,
  ctx: Context,
): Promise<ConsoleSession | undefined> {
  return services.sessions.find(services.sessionCookie.read(ctx), services.now())
}

/**
 * oidc-provider keeps a sign-in of its own. It ends with ours and never says somebody else: the next person at this browser
 * would find an agent's request half accepted in another's name.
 */
export async function endProviderSession(
  services: ConsoleServices,
  ctx: Context,
  keep?: string,
): Promise<void> {
  const session = await services.options.provider.Session.get(ctx)
  if (session.accountId !== undefined && session.accountId !== keep) await session.destroy()
}

/** behind a proxy the last entry is the one the proxy wrote; everything before it is the visitor's own claim */
export function clientAddress(ctx: Context): string {
  return (ctx.app.proxy ? ctx.ips.at(-1) : undefined) ?? ctx.req.socket.remoteAddress ?? ''
}
