import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { BuyerError, findPasswordProblem, insertBuyer, toEmail } from '../buyers.ts'
import type { Form } from '../form.ts'
import { hashPassword } from '../passwords.ts'
import { toZone } from '../reader.ts'
import type { ConsoleServices } from '../services.ts'
import { endSignIns } from './end-sign-ins.ts'
import { addPasskey, type NewPasskey } from './passkeys.ts'
import { checkRegistration } from './registration.ts'
import { useWelcomeLink, type WelcomeLink } from './welcome-links.ts'

export type Welcomed =
  | { readonly ok: true; readonly buyerId: string; readonly made: 'account' | 'means' }
  | { readonly ok: false; readonly gone: true }
  | { readonly ok: false; readonly gone: false; readonly field: Field; readonly problem: string }

type Field = 'email' | 'password'

/** how she will sign in: one of the two */
type Means = { readonly passwordHash: string } | { readonly passkey: NewPasskey }

/** carries out what a one-time link is for; whatever is wrong with the form leaves the link as it was */
export async function welcome(
  services: ConsoleServices,
  link: WelcomeLink,
  form: Form,
  { visitor, passkeyName }: { visitor: string; passkeyName: string },
): Promise<Welcomed> {
  const email = link.for === 'first' ? toEmail(form.get('email') ?? '') : link.email
  if (!email) return problem('email', 'That is not an e-mail address. Look for a typing mistake.')
  const means = await readMeans(services, link, form, visitor)
  if (typeof means === 'string') return problem('password', means)

  const zone = toZone(form.get('zone') ?? '')
  const name = passkeyName
  const at = services.now()
  try {
    return await services.options.db.transaction().execute(async (transaction) => {
      if (!(await useWelcomeLink(transaction, link, at))) return { ok: false, gone: true }
      const buyerId = link.for === 'recovery' ? link.buyerId : toBuyerId(link)
      if (link.for !== 'recovery') {
        const passwordHash = 'passwordHash' in means ? means.passwordHash : null
        await insertBuyer(transaction, { id: buyerId, email, passwordHash, zone })
      } else {
        // the old one may be why she is here
        const passwordHash = 'passwordHash' in means ? means.passwordHash : null
        await setPassword(transaction, buyerId, passwordHash)
        await endSignIns(transaction, buyerId)
      }
      if ('passkey' in means) {
        const added = await addPasskey(transaction, buyerId, means.passkey, name, at)
        if (added !== 'added') throw new PasskeyUnusable()
      }
      return { ok: true, buyerId, made: link.for === 'recovery' ? 'means' : 'account' }
    })
  } catch (error) {
    if (error instanceof PasskeyUnusable) {
      return problem('password', 'This passkey cannot be added. Take a password for now.')
    }
    if (!(error instanceof BuyerError)) throw error
    return problem('email', 'Somebody with that address has an account here already. Sign in.')
  }
}

class PasskeyUnusable extends Error {}

async function readMeans(
  services: ConsoleServices,
  link: WelcomeLink,
  form: Form,
  visitor: string,
): Promise<Means | string> {
  const answer = form.get('passkey') ?? ''
  if (answer !== '') {
    const binding = { for: 'welcome', visitor, link: link.tokenHash } as const
    const passkey = await checkRegistration(services, answer, binding)
    return passkey ? { passkey } : 'The passkey could not be read, or took too long. Try again.'
  }
  const password = form.get('password') ?? ''
  return findPasswordProblem(password) ?? { passwordHash: await hashPassword(password) }
}

/** settled before the account is: a passkey holds it from the moment it is made */
export function toBuyerId({ tokenHash }: WelcomeLink): string {
  const digest = createHash('sha256').update(`buyer ${tokenHash}`).digest()
  return `b_${digest.subarray(0, 16).toString('base64url')}`
}

async function setPassword(
  db: Kysely<Database>,
  buyerId: string,
  passwordHash: string | null,
): Promise<void> {
  await db
    .updateTable('buyers')
    .set({ password_hash: passwordHash })
    .where('id', '=', buyerId)
    .execute()
}

function problem(field: Field, text: string): Welcomed {
  return { ok: false, gone: false, field, problem: text }
}
