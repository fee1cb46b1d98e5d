import type { Context } from 'koa'
import type { Form } from './form.ts'
import { readAssertion, verifyAssertion } from './people/passkey-answer.ts'
import type { ChallengeBinding } from './people/passkey-challenges.ts'
import { countUse, findPasskey } from './people/passkeys.ts'
import { noteSecurityEvent } from './people/security-events.ts'
import type { ConsoleServices } from './services.ts'
import { checkSignIn, clientAddress, toBlocked, type SignInResult } from './sign-in.ts'

/** filled in by the script of the page */
const passkeyField = 'passkey'

/** by whichever proof the form brings */
export async function checkAnySignIn(
  services: ConsoleServices,
  ctx: Context,
  form: Form,
  binding: ChallengeBinding,
): Promise<SignInResult> {
  const answer = form.get(passkeyField) ?? ''
  if (answer === '') return checkSignIn(services, ctx, form)
  const result = await checkPasskey(services, ctx, answer, binding)
  const outcome = result.ok ? 'done' : result.status === 429 ? 'blocked' : 'refused'
  const buyerId = result.ok ? result.buyerId : undefined
  services.options.log({ event: 'sign_in', outcome, buyerId, by: 'passkey' })
  return result
}

/**
 * Whose passkey has answered this challenge. One refusal for a passkey that is unknown, removed, somebody else's or wrongly
 * used. Only the address is counted: nobody guesses a signature, and whoever knows her e-mail address, or her passkey's id, would
 * keep her from the proof that still works.
 */
export async function checkPasskey(
  services: ConsoleServices,
  ctx: Context,
  answer: string,
  binding: ChallengeBinding,
): Promise<SignInResult> {
  const { attempts, challenges, options, relyingParty } = services
  const now = services.now()
  const assertion = readAssertion(answer)
  const passkey = assertion && (await findPasskey(options.db, assertion.id))

  const blocked = await attempts.begin(undefined, clientAddress(ctx), now)
  if (blocked) return toBlocked(ctx, blocked.blockedUntil.getTime() - now, '')

  const proof =
    assertion &&
    passkey &&
    relyingParty &&
    (await verifyAssertion(assertion, passkey, {
      relyingParty,
      useChallenge: (challenge) => challenges.use(challenge, binding, now),
    }))
  if (!proof || !passkey) {
    return refused('That passkey does not open an account here, or the page was open for too long.')
  }
  if (!(await countUse(options.db, passkey.id, proof.counter, now))) {
    // the signature is right: whoever it is has the key, and somebody has used a copy of it since
    await noteSecurityEvent(services, passkey.buyerId, 'passkey_refused', passkey.name)
    return refused('That passkey was refused: it looks as if somebody else has a copy of it.')
  }
  await attempts.succeeded(undefined, clientAddress(ctx))
  return {
    ok: true,
    buyerId: passkey.buyerId,
    amr: [passkey.deviceBound ? 'hwk' : 'swk', 'user'],
  }
}

function refused(problem: string): SignInResult {
  return { ok: false, status: 401, email: '', problem }
}
