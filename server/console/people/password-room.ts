import type Router from '@koa/router'
import { findPasswordHash, findPasswordProblem } from '../buyers.ts'
import type { Form } from '../form.ts'
import { hashPassword } from '../passwords.ts'
import { readPosted } from '../posted.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import { findSession } from '../sign-in.ts'
import { isSurelyBuyer } from '../step-up.ts'
import { visitOf } from '../visit.ts'
import { endSignIns } from './end-sign-ins.ts'
import { renderPasswordPage } from './password-page.ts'
import { endPassword } from './passkeys.ts'
import { noteSecurityEvent } from './security-events.ts'
import { endRecoveryLinks } from './welcome-links.ts'

const FIELD = 'new_password'

/** changing or ending the password: whoever can do this has the account */
export function addPasswordRoom(router: Router, services: ConsoleServices): void {
  const { db } = services.options

  router.get('/you/password', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    return sendPage(ctx, renderPasswordPage(await visitOf(services, ctx, session), undefined))
  })

  // first the proof, then the page for the new one: the step-up page repeats what was posted, and a password is not repeated
  router.post('/you/password', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Your password is as it was.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const asked = { ...posted, form: without(posted.form, FIELD) }
    if (!(await isSurelyBuyer(services, ctx, asked, 'You change your password.'))) return
    const password = posted.form.get(FIELD)
    if (password === undefined) return seeOther(ctx, '/you/password')
    const problem = findPasswordProblem(password)
    if (problem !== undefined) {
      const visit = await visitOf(services, ctx, posted.session)
      return sendPage(ctx, renderPasswordPage(visit, problem), 422)
    }
    const { buyerId, idHash } = posted.session
    const passwordHash = await hashPassword(password)
    await db.transaction().execute(async (transaction) => {
      await transaction
        .updateTable('buyers')
        .set({ password_hash: passwordHash })
        .where('id', '=', buyerId)
        .execute()
      await endSignIns(transaction, buyerId, idHash)
      await endRecoveryLinks(transaction, buyerId)
    })
    await noteSecurityEvent(services, buyerId, 'password_changed')
    return seeOther(ctx, '/you?done=password')
  })

  router.post('/you/password/end', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Your password is as it was.')
    if (!posted) return seeOther(ctx, '/sign-in')
    if (!(await isSurelyBuyer(services, ctx, posted, 'You end your password.'))) return
    const { buyerId, idHash } = posted.session
    if ((await findPasswordHash(db, buyerId)) === undefined) return seeOther(ctx, '/you')
    if (!(await endPassword(db, buyerId))) return seeOther(ctx, '/you?problem=one-passkey')
    await endSignIns(db, buyerId, idHash)
    await noteSecurityEvent(services, buyerId, 'password_ended')
    return seeOther(ctx, '/you?done=password-ended')
  })
}

function without(form: Form, field: string): Form {
  return new Map([...form].filter(([name]) => name !== field))
}
