import type { ConsoleServices } from '../services.ts'
import { readRegistration, verifyRegistration } from './passkey-answer.ts'
import type { ChallengeBinding } from './passkey-challenges.ts'
import type { NewPasskey } from './passkeys.ts'

/** the passkey that a browser made for us, at this address and for this challenge; undefined: it is no such thing */
export async function checkRegistration(
  services: ConsoleServices,
  answer: string,
  binding: ChallengeBinding,
): Promise<NewPasskey | undefined> {
  const { challenges, relyingParty } = services
  const registration = readRegistration(answer)
  if (!registration || !relyingParty) return undefined
  return verifyRegistration(registration, {
    relyingParty,
    useChallenge: (challenge) => challenges.use(challenge, binding, services.now()),
  })
}
