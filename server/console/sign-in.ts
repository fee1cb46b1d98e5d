import type { Context } from 'koa'
import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import { findBuyer, maxPasswordLength, toEmail } from './buyers.ts'
import type { Form } from './form.ts'
import { verifyPassword } from './passwords.ts'
import { toDeviceText } from './people/device-text.ts'
import { noteSecurityEvent } from './people/security-events.ts'
import { toZone } from './reader.ts'
import type { ConsoleServices } from './services.ts'
import { sessionLifetimeMs, type ConsoleSession } from './sessions.ts'
import { toWaitText } from './time-text.ts'

export type SignInResult =
  | {
      readonly ok: true
      readonly buyerId: string
      /** RFC 8176 */
      readonly amr: readonly string[]
    }
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
    options.log({ event: 'sign_in', outcome: 'blocked', buyerId: undefined, by: 'password' })
    return toBlocked(ctx, blocked.blockedUntil.getTime() - now, typed)
  }
  const buyer = email === undefined ? undefined : await findBuyer(options.db, email)
  const readable = password.length <= maxPasswordLength
  const right = await verifyPassword(readable ? password : '', buyer?.passwordHash)
  if (!buyer || !right || !readable) {
    options.log({ event: 'sign_in', outcome: 'refused', buyerId: buyer?.id, by: 'password' })
    return {
      ok: false,
      status: 401,
      email: typed,
      problem: 'The e-mail address or the password is not right.',
    }
  }
  await attempts.succeeded(email ?? typed, clientAddress(ctx))
  options.log({ event: 'sign_in', outcome: 'done', buyerId: buyer.id, by: 'password' })
  return { ok: true, buyerId: buyer.id, amr: ['pwd'] }
}

/** the same answer whatever the proof was */
export function toBlocked(ctx: Context, waitMs: number, email: string): SignInResult {
  ctx.set('retry-after', String(Math.ceil(waitMs / 1000)))
  const problem = `Too many attempts. Wait ${toWaitText(waitMs)}, then try again.`
  return { ok: false, status: 429, email, problem }
}

export async function startSession(
  services: ConsoleServices,
  ctx: Context,
  buyerId: string,
  form: Form,
): Promise<void> {
  const { sessions, sessionCookie, knownDevices, options } = services
  const device = toDeviceText(ctx.headers['user-agent'])
  await sessions.end(sessionCookie.read(ctx))
  const id = await sessions.start(buyerId, device, services.now())
  sessionCookie.set(ctx, id, sessionLifetimeMs)
  if (!knownDevices.has(ctx, buyerId)) {
    await noteSecurityEvent(services, buyerId, 'new_device', device)
    knownDevices.add(ctx, buyerId)
  }
  await rememberZone(options.db, buyerId, form)
}

/** where her browser says she is, until she says so herself */
async function rememberZone(db: Kysely<Database>, buyerId: string, form: Form): Promise<void> {
  const zone = toZone(form.get('zone') ?? '')
  if (zone === undefined) return
  await db
    .updateTable('buyers')
    .set({ time_zone: zone })
    .where('id', '=', buyerId)
    .where('time_zone', 'is', null)
    .execute()
}

export async function findSession(
  services: ConsoleServices,
  ctx: Context,
): Promise<ConsoleSession | undefined> {
  return services.sessions.find(services.sessionCookie.read(ctx), services.now(), isByHand(ctx))
}

/** a page that asks for news by itself (Fetch Metadata: no document) does not show that anybody looks at it */
function isByHand(ctx: Context): boolean {
  return ['', 'document'].includes(ctx.get('sec-fetch-dest'))
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
