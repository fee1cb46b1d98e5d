import type { Context } from 'koa'
import { findPasswordHash, maxPasswordLength } from './buyers.ts'
import { verifyPassword } from './passwords.ts'
import type { Posted } from './posted.ts'
import { sendPage } from './respond.ts'
import type { ConsoleServices } from './services.ts'
import { clientAddress } from './sign-in.ts'
import { passwordField, renderStepUpPage } from './step-up-page.ts'
import { toWaitText } from './time-text.ts'
import { visitOf } from './visit.ts'

/** how long a proof counts: long enough for a handful of decisions, too short for somebody who finds the screen open */
const FRESH_MS = 5 * 60_000

/**
 * Whether it is certain that the buyer sits there. If it is not, she is asked on a page that posts the same form again with her
 * proof, so nothing she entered is lost, and that page is the answer to this request.
 *
 * INVARIANT: what follows a `true` may widen what agents can do; a session alone never suffices for that.
 *
 * @example
 * if (!(await isSurelyBuyer(services, ctx, posted, 'This lets an agent spend more.'))) return
 */
export async function isSurelyBuyer(
  services: ConsoleServices,
  ctx: Context,
  posted: Posted,
  why: string,
): Promise<boolean> {
  const { session, form } = posted
  const now = services.now()
  if (now - session.verifiedAt.getTime() < FRESH_MS) return true
  const password = form.get(passwordField)
  const problem = password === undefined ? undefined : await findProblem(services, ctx, posted)
  if (password !== undefined && problem === undefined) {
    await services.sessions.verified(session.idHash, now)
    return true
  }
  const visit = await visitOf(services, ctx, session)
  const page = renderStepUpPage({ visit, action: ctx.path, form, why, problem })
  sendPage(ctx, page, problem === undefined ? 200 : 403)
  return false
}

/** what is wrong with the proof, in words; counted like an attempt to sign in, since it is one */
async function findProblem(
  services: ConsoleServices,
  ctx: Context,
  { form, session }: Posted,
): Promise<string | undefined> {
  const { attempts, options } = services
  const at = services.now()
  const blocked = await attempts.begin(session.email, clientAddress(ctx), at)
  if (blocked) {
    return `Too many attempts. Wait ${toWaitText(blocked.blockedUntil.getTime() - at)}, then try again.`
  }
  const password = form.get(passwordField) ?? ''
  const readable = password.length <= maxPasswordLength
  const hash = await findPasswordHash(options.db, session.buyerId)
  if (!(await verifyPassword(readable ? password : '', hash)) || !readable) {
    return 'The password is not right.'
  }
  await attempts.succeeded(session.email, clientAddress(ctx))
  return undefined
}
