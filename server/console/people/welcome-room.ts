import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import { signInScript } from '../assets.ts'
import { readForm } from '../form.ts'
import { letScriptRun } from '../live-page.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import { endProviderSession, findSession, startSession } from '../sign-in.ts'
import { visitOf } from '../visit.ts'
import { ensureVisitor } from '../visitor.ts'
import { renderChecklist } from './checklist-page.ts'
import { toDeviceText } from './device-text.ts'
import { toCreationOptions } from './passkey-options.ts'
import { listPasskeys } from './passkeys.ts'
import { findProgress } from './progress.ts'
import { noteSecurityEvent } from './security-events.ts'
import { toBuyerId, welcome } from './welcome.ts'
import { findWelcomeLink, type WelcomeLink } from './welcome-links.ts'
import { renderWelcomePage, type WelcomeView } from './welcome-page.ts'

/** the first steps: an account by a one-time link, and what comes after */
export function addWelcomeRoom(router: Router, services: ConsoleServices): void {
  const { db, log } = services.options

  router.get('/welcome', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const visit = await visitOf(services, ctx, session)
    const progress = await findProgress(db, session.buyerId)
    const page = renderChecklist({
      ...visit,
      ...progress,
      passkeys: services.relyingParty !== undefined,
    })
    return sendPage(ctx, page)
  })

  router.get('/welcome/:token', async (ctx) => {
    const link = await findLink(services, ctx)
    return showWelcome(services, ctx, link)
  })

  router.post('/welcome/:token', async (ctx) => {
    keepPathToOurselves(ctx)
    const form = await readForm(ctx.req)
    const link = await findLink(services, ctx)
    const email = (form.get('email') ?? '').slice(0, 320)
    const visitor = services.visitorCookie.read(ctx) ?? ''
    const binding = { form: 'welcome', visitor, link: link.tokenHash } as const
    if (!services.tokens.accepts(form.get('form_token'), binding)) {
      const text = 'The page was open for too long, or cookies are blocked. Please try again.'
      return showWelcome(services, ctx, link, {
        email,
        problem: { field: 'form', text },
        status: 403,
      })
    }
    const passkeyName = toDeviceText(ctx.headers['user-agent'])
    const result = await welcome(services, link, form, { visitor, passkeyName })
    if (!result.ok) {
      if (result.gone) throw noSuchLink()
      const problem = { field: result.field, text: result.problem }
      return showWelcome(services, ctx, link, { email, problem, status: 422 })
    }
    const { buyerId, made } = result
    if (made === 'account') log({ event: 'buyer_created', buyerId })
    else await noteSecurityEvent(services, buyerId, 'recovered')
    await endProviderSession(services, ctx, buyerId)
    await startSession(services, ctx, buyerId, form)
    services.visitorCookie.clear(ctx)
    return seeOther(ctx, made === 'account' ? '/welcome' : '/you?done=recovered')
  })
}

async function findLink(services: ConsoleServices, ctx: RouterContext): Promise<WelcomeLink> {
  keepPathToOurselves(ctx)
  const { db } = services.options
  const link = await findWelcomeLink(db, ctx.params['token'] ?? '', services.now())
  if (!link) throw noSuchLink()
  return link
}

/** one answer, whether it was used, has run out, was replaced or never was */
function noSuchLink(): PageRefusal {
  return new PageRefusal(
    404,
    'This link is no longer good',
    'It works once and for a day, and a newer one ends it. If you have used it, sign in. If not, ask whoever gave it to you for another.',
  )
}

/** the path is the secret here: neither our own files nor the next page are told it */
function keepPathToOurselves(ctx: RouterContext): void {
  ctx.set('referrer-policy', 'strict-origin')
}

async function showWelcome(
  services: ConsoleServices,
  ctx: RouterContext,
  link: WelcomeLink,
  again: { email: string; problem?: WelcomeView['problem']; status?: number } = { email: '' },
): Promise<void> {
  const { challenges, relyingParty, tokens } = services
  const visitor = ensureVisitor(services, ctx)
  const asked = { for: 'welcome', visitor, link: link.tokenHash } as const
  const buyer =
    link.for === 'recovery'
      ? { id: link.buyerId, email: link.email }
      : { id: toBuyerId(link), email: link.for === 'further' ? link.email : '' }
  const page = renderWelcomePage({
    purpose: link,
    action: ctx.path,
    formToken: tokens.issue({ form: 'welcome', visitor, link: link.tokenHash }),
    email: again.email,
    ...(again.problem && { problem: again.problem }),
    passkey:
      relyingParty &&
      toCreationOptions(
        relyingParty,
        challenges.issue(asked, services.now()),
        buyer,
        link.for === 'recovery' ? await listPasskeys(services.options.db, link.buyerId) : [],
      ),
  })
  letScriptRun(services, ctx, { script: signInScript })
  keepPathToOurselves(ctx)
  sendPage(ctx, page, again.status)
}
