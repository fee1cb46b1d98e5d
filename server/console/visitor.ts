import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import type { ConsoleServices } from './services.ts'

const LIFETIME_MS = 24 * 3_600_000

/** the random name of a browser in which nobody has signed in; what it is asked is bound to it */
export function ensureVisitor({ visitorCookie }: ConsoleServices, ctx: Context): string {
  const known = visitorCookie.read(ctx)
  if (known !== undefined && /^[\w-]{43}$/u.test(known)) return known
  const visitor = randomBytes(32).toString('base64url')
  visitorCookie.set(ctx, visitor, LIFETIME_MS)
  return visitor
}
