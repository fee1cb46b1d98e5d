import type { Context } from 'koa'
import { signInScript } from './assets.ts'
import { findPasswordHash, maxPasswordLength } from './buyers.ts'
import type { Form } from './form.ts'
import { letScriptRun } from './live-page.ts'
import { verifyPassword } from './passwords.ts'
import { toRequestOptions } from './people/passkey-options.ts'
import { listPasskeys } from './people/passkeys.ts'
import type { ChallengeBinding } from './people/passkey-challenges.ts'
import type { Posted } from './posted.ts'
import { sendPage } from './respond.ts'
import type { ConsoleServices } from './services.ts'
import { clientAddress } from './sign-in.ts'
import { checkPasskey } from './sign-in-passkey.ts'
import { passkeyProofField, passwordField, renderStepUpPage } from './step-up-page.ts'
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
  const proven = hasProof(form)
  const problem = proven ? await findProblem(services, ctx, posted) : undefined
  if (proven && problem === undefined) {
    await services.sessions.verified(session.idHash, now)
    return true
  }
  await askForProof(services, ctx, posted, why, problem)
  return false
}

function hasProof(form: Form): boolean {
  return form.get(passwordField) !== undefined || (form.get(passkeyProofField) ?? '') !== ''
}

async function askForProof(
  services: ConsoleServices,
  ctx: Context,
  { session, form }: Posted,
  why: string,
  problem: string | undefined,
): Promise<void> {
  const { challenges, options, relyingParty } = services
  const passkeys = relyingParty ? await listPasskeys(options.db, session.buyerId) : []
  const page = renderStepUpPage({
    visit: await visitOf(services, ctx, session),
    action: ctx.path,
    form,
    why,
    problem,
    password: (await findPasswordHash(options.db, session.buyerId)) !== undefined,
    passkey:
      relyingParty && passkeys.length > 0
        ? toRequestOptions(
            relyingParty,
            challenges.issue(bindingOf(session.idHash), services.now()),
            passkeys,
          )
        : undefined,
  })
  if (passkeys.length > 0) letScriptRun(services, ctx, { script: signInScript })
  sendPage(ctx, page, problem === undefined ? 200 : 403)
}

function bindingOf(session: string): ChallengeBinding {
  return { for: 'confirmation', session }
}

/** what is wrong with the proof, in words; counted like an attempt to sign in */
async function findProblem(
  services: ConsoleServices,
  ctx: Context,
  posted: Posted,
): Promise<string | undefined> {
  const answer = posted.form.get(passkeyProofField) ?? ''
  return answer === ''
    ? findPasswordProblem(services, ctx, posted)
    : findPasskeyProblem(services, ctx, posted, answer)
}

async function findPasskeyProblem(
  services: ConsoleServices,
  ctx: Context,
  { session }: Posted,
  answer: string,
): Promise<string | undefined> {
  const result = await checkPasskey(services, ctx, answer, bindingOf(session.idHash))
  if (!result.ok) return result.problem
  // somebody else's passkey proves that somebody else sits there
  return result.buyerId === session.buyerId ? undefined : 'That passkey is not yours.'
}

async function findPasswordProblem(
  services: ConsoleServices,
  ctx: Context,
  { form, session }: Posted,
): Promise<string | undefined> {
  const { attempts, options } = services
  const at = services.now()
  // by the session, which no stranger has: his wrong guesses at the sign-in must not keep her from disconnecting or from a new
  // password, nor a thief's here from signing in
  const account = `confirmation ${session.idHash}`
  const blocked = await attempts.begin(account, clientAddress(ctx), at)
  if (blocked) {
    return `Too many attempts. Wait ${toWaitText(blocked.blockedUntil.getTime() - at)}, then try again.`
  }
  const password = form.get(passwordField) ?? ''
  const readable = password.length <= maxPasswordLength
  const hash = await findPasswordHash(options.db, session.buyerId)
  if (!(await verifyPassword(readable ? password : '', hash)) || !readable) {
    return 'The password is not right.'
  }
  await attempts.succeeded(account, clientAddress(ctx))
  return undefined
}
