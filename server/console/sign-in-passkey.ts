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
  return answer === ''
    ? checkSignIn(services, ctx, form)
    : checkPasskeySignIn(services, ctx, answer, binding)
}

/** One answer for a passkey that is unknown, removed, somebody else's or wrongly used. */
export async function checkPasskeySignIn(
  services: ConsoleServices,
  ctx: Context,
  answer: string,
  binding: ChallengeBinding,
): Promise<SignInResult> {
  const { attempts, challenges, options, relyingParty } = services
  const now = services.now()
  const assertion = readAssertion(answer)
  const passkey = assertion && (await findPasskey(options.db, assertion.id))

  const account = passkey?.email ?? `passkey ${assertion?.id ?? ''}`
  const blocked = await attempts.begin(account, clientAddress(ctx), now)
  if (blocked) {
    options.log({ event: 'sign_in', outcome: 'blocked', buyerId: passkey?.buyerId, by: 'passkey' })
    return toBlocked(ctx, blocked.blockedUntil.getTime() - now, '')
  }
  const proof =
    assertion &&
    passkey &&
    relyingParty &&
    (await verifyAssertion(assertion, passkey, {
      relyingParty,
      useChallenge: (challenge) => challenges.use(challenge, binding, now),
    }))
  if (!proof || !passkey) {
    options.log({ event: 'sign_in', outcome: 'refused', buyerId: passkey?.buyerId, by: 'passkey' })
    return refused('That passkey does not open an account here, or the page was open for too long.')
  }
  if (!(await countUse(options.db, passkey.id, proof.counter, now))) {
    // the signature is right: whoever it is has the key, and somebody has used a copy of it since
    options.log({ event: 'sign_in', outcome: 'refused', buyerId: passkey.buyerId, by: 'passkey' })
    await noteSecurityEvent(services, passkey.buyerId, 'passkey_refused', passkey.name)
    return refused('That passkey was refused: it looks as if somebody else has a copy of it.')
  }
  await attempts.succeeded(passkey.email, clientAddress(ctx))
  options.log({ event: 'sign_in', outcome: 'done', buyerId: passkey.buyerId, by: 'passkey' })
  return {
    ok: true,
    buyerId: passkey.buyerId,
    amr: [passkey.deviceBound ? 'hwk' : 'swk', 'user'],
  }
}

function refused(problem: string): SignInResult {
  return { ok: false, status: 401, email: '', problem }
}
