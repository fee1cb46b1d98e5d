import type Router from '@koa/router'
import type { Context } from 'koa'
import { countWaitingOf } from '../state/approvals.ts'
import { signInScript } from './assets.ts'
import { hasBuyers } from './buyers.ts'
import { readForm } from './form.ts'
import { letScriptRun } from './live-page.ts'
import { findProgress } from './people/progress.ts'
import { toRequestOptions } from './people/passkey-options.ts'
import { PageRefusal } from './refusal.ts'
import { seeOther, sendPage } from './respond.ts'
import type { ConsoleServices } from './services.ts'
import { endProviderSession, findSession, startSession } from './sign-in.ts'
import { renderSignInPage } from './sign-in-page.ts'
import { checkAnySignIn } from './sign-in-passkey.ts'
import { ensureVisitor } from './visitor.ts'

export function addSignInRoom(router: Router, services: ConsoleServices): void {
  router.get('/', async (ctx) => {
    const session = await findSession(services, ctx)
    return seeOther(ctx, session ? await chooseRoom(services, session.buyerId) : '/sign-in')
  })

  router.get('/sign-in', async (ctx) => {
    const session = await findSession(services, ctx)
    if (session) return seeOther(ctx, await chooseRoom(services, session.buyerId))
    return showSignIn(services, ctx, { email: '' })
  })

  router.post('/sign-in', async (ctx) => {
    const form = await readForm(ctx.req)
    const visitor = services.visitorCookie.read(ctx)
    if (
      !visitor ||
      !services.tokens.accepts(form.get('form_token'), { form: 'sign-in', visitor })
    ) {
      return showSignIn(services, ctx, {
        email: (form.get('email') ?? '').slice(0, 320),
        problem: 'The page was open for too long, or cookies are blocked. Please sign in again.',
        status: 403,
      })
    }
    const result = await checkAnySignIn(services, ctx, form, { for: 'sign-in', visitor })
    if (!result.ok) return showSignIn(services, ctx, result)
    await endProviderSession(services, ctx, result.buyerId)
    await startSession(services, ctx, result.buyerId, form)
    services.visitorCookie.clear(ctx)
    return seeOther(ctx, await chooseRoom(services, result.buyerId))
  })

  router.post('/sign-out', async (ctx) => {
    const form = await readForm(ctx.req)
    const session = await findSession(services, ctx)
    if (
      session &&
      !services.tokens.accepts(form.get('form_token'), { form: 'session', session: session.idHash })
    ) {
      throw new PageRefusal(
        403,
        'This form is out of date',
        'You are still signed in. Go back, reload the page and try again.',
      )
    }
    await endProviderSession(services, ctx)
    await services.sessions.end(services.sessionCookie.read(ctx))
    services.sessionCookie.clear(ctx)
    return seeOther(ctx, '/sign-in')
  })
}

/** who comes by a notification's link, and has to sign in first, comes to what it spoke of; who has just begun, to what is next */
async function chooseRoom({ options }: ConsoleServices, buyerId: string): Promise<string> {
  if ((await countWaitingOf(options.db, buyerId)) > 0) return '/approvals'
  const { connected, granted } = await findProgress(options.db, buyerId)
  return connected || granted ? '/grants' : '/welcome'
}

async function showSignIn(
  services: ConsoleServices,
  ctx: Context,
  view: { email: string; problem?: string; status?: number },
): Promise<void> {
  const { challenges, options, relyingParty, tokens } = services
  const visitor = ensureVisitor(services, ctx)
  const page = renderSignInPage({
    action: '/sign-in',
    page: '/sign-in',
    formToken: tokens.issue({ form: 'sign-in', visitor }),
    email: view.email,
    problem: view.problem,
    fresh: !(await hasBuyers(options.db)),
    passkey:
      relyingParty &&
      toRequestOptions(relyingParty, challenges.issue({ for: 'sign-in', visitor }, services.now())),
  })
  letScriptRun(services, ctx, { script: signInScript })
  sendPage(ctx, page, view.status)
}
