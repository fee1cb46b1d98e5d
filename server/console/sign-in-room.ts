import { randomBytes } from 'node:crypto'
import type Router from '@koa/router'
import type { Context } from 'koa'
import { countWaitingOf } from '../state/approvals.ts'
import { readForm } from './form.ts'
import { PageRefusal } from './refusal.ts'
import { seeOther, sendPage } from './respond.ts'
import type { ConsoleServices } from './services.ts'
import { checkSignIn, endProviderSession, findSession, startSession } from './sign-in.ts'
import { renderSignInPage } from './sign-in-page.ts'

const visitorLifetimeMs = 24 * 3_600_000

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
    const result = await checkSignIn(services, ctx, form)
    if (!result.ok) return showSignIn(services, ctx, result)
    await endProviderSession(services, ctx, result.buyerId)
    await startSession(services, ctx, result.buyerId)
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

/** who comes by a notification's link, and has to sign in first, comes to what it spoke of */
async function chooseRoom({ options }: ConsoleServices, buyerId: string): Promise<string> {
  return (await countWaitingOf(options.db, buyerId)) > 0 ? '/approvals' : '/grants'
}

function showSignIn(
  services: ConsoleServices,
  ctx: Context,
  view: { email: string; problem?: string; status?: number },
): void {
  let visitor = services.visitorCookie.read(ctx)
  if (!visitor || !/^[\w-]{43}$/u.test(visitor)) {
    visitor = randomBytes(32).toString('base64url')
    services.visitorCookie.set(ctx, visitor, visitorLifetimeMs)
  }
  const page = renderSignInPage({
    action: '/sign-in',
    formToken: services.tokens.issue({ form: 'sign-in', visitor }),
    email: view.email,
    problem: view.problem,
  })
  sendPage(ctx, page, view.status)
}
