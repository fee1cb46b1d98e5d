import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import { findPasswordHash } from '../buyers.ts'
import { readPosted } from '../posted.ts'
import { isLocale, toZone } from '../reader.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import { findSession } from '../sign-in.ts'
import { visitOf } from '../visit.ts'
import { endSignIns } from './end-sign-ins.ts'
import { listPasskeys } from './passkeys.ts'
import { listSecurityEvents, noteSecurityEvent } from './security-events.ts'
import { renderYouPage } from './you-page.ts'

/** said once, above the page, after a form was answered */
const NOTICES: Readonly<Record<string, string>> = {
  recovered:
    'You are signed in, and signed out everywhere else. Look through your passkeys: remove what is not yours.',
  password: 'Your password is changed. You are signed out everywhere else.',
  'password-ended':
    'Your password opens nothing any more. Your passkeys do. You are signed out everywhere else.',
  passkey: 'Your passkey is added. You can sign in with it from now on.',
  'passkey-removed':
    'The passkey is removed. It opens nothing here any more. You are signed out everywhere else.',
  session: 'You are signed out there.',
  sessions: 'You are signed out everywhere else.',
  reading: 'Saved.',
}

const PROBLEMS: Readonly<Record<string, string>> = {
  'last-passkey':
    'Nothing was removed: it is the only way you can sign in. Add another passkey or set a password first.',
  'one-passkey':
    'Your password stays as it is: add a second passkey first, so that one lost device does not lock you out.',
}

/** the buyer's own page: how she signs in, where she is signed in, how she reads times */
export function addYouRoom(router: Router, services: ConsoleServices): void {
  const { sessions, options } = services
  const { db } = options

  router.get('/you', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const { buyerId, idHash } = session
    const page = renderYouPage({
      ...(await visitOf(services, ctx, session)),
      passkeys: await listPasskeys(db, buyerId),
      passkeysWork: services.relyingParty !== undefined,
      hasPassword: (await findPasswordHash(db, buyerId)) !== undefined,
      sessions: await sessions.list(buyerId, services.now()),
      current: idHash,
      events: await listSecurityEvents(db, buyerId),
      chosen: session.reads,
      notice: NOTICES[queryOf(ctx, 'done')],
      problem: PROBLEMS[queryOf(ctx, 'problem')],
    })
    return sendPage(ctx, page)
  })

  router.post('/you/reading', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nothing was saved.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const [locale = '', typed = ''] = [posted.form.get('locale'), posted.form.get('zone')]
    const zone = toZone(typed)
    if ((locale !== '' && !isLocale(locale)) || (typed !== '' && zone === undefined)) {
      throw new PageRefusal(
        400,
        'That cannot be chosen',
        'Nothing was saved. Choose from the lists.',
      )
    }
    await db
      .updateTable('buyers')
      .set({ locale: locale === '' ? null : locale, time_zone: zone ?? null })
      .where('id', '=', posted.session.buyerId)
      .execute()
    return seeOther(ctx, '/you?done=reading')
  })

  // both make a thief's work harder and nobody's easier: no proof is asked for
  router.post('/you/sessions/end', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nobody was signed out.')
    if (!posted) return seeOther(ctx, '/sign-in')
    await sessions.endOne(posted.session.buyerId, posted.form.get('session') ?? '')
    return seeOther(ctx, '/you?done=session')
  })

  router.post('/you/sessions/end-others', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nobody was signed out.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const { buyerId, idHash } = posted.session
    // a line only where there was something to end: a thief would push with them what she should read off her page
    const ended = await endSignIns(db, buyerId, idHash)
    if (ended > 0) await noteSecurityEvent(services, buyerId, 'sessions_ended')
    return seeOther(ctx, '/you?done=sessions')
  })
}

function queryOf(ctx: RouterContext, name: string): string {
  const value = ctx.query[name]
  return typeof value === 'string' ? value : ''
}
