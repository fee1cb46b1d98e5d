import Router from '@koa/router'
import type { Context, Middleware, Next } from 'koa'
import { assets } from './assets.ts'
import { addConsentRoom } from './consent/consent-room.ts'
import { renderErrorPage } from './error-page.ts'
import { addGrantsRoom } from './grants-room.ts'
import { PageRefusal } from './refusal.ts'
import { sendPage } from './respond.ts'
import { assertSameOrigin } from './same-origin.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { createServices, type ConsoleOptions, type ConsoleServices } from './services.ts'
import { addSignInRoom } from './sign-in-room.ts'

export type { ConsoleEvent, ConsoleOptions } from './services.ts'

/** Mounted in front of oidc-provider's own routes: answers the console's paths and leaves every other to them. */
export function createConsole(options: ConsoleOptions): Middleware {
  const services = createServices(options)
  const router = new Router()
  router.use((ctx, next) => guard(services, ctx, next))
  addSignInRoom(router, services)
  addGrantsRoom(router, services)
  addConsentRoom(router, services)
  const rooms = router.routes() as unknown as Middleware

  return async (ctx, next) => {
    const asset = assets.get(ctx.path)
    if (asset && (ctx.method === 'GET' || ctx.method === 'HEAD')) {
      ctx.set({
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
      })
      ctx.type = asset.type
      ctx.body = asset.content
      return
    }
    await rooms(ctx, next)
    if (ctx.status === 404 && ctx.body === undefined && ctx.accepts('json', 'html') === 'html') {
      setSecurityHeaders(ctx, services)
      sendPage(
        ctx,
        renderErrorPage('There is no such page', 'The address may be mistyped or out of date.'),
        404,
      )
    }
  }
}

/** every page's headers, every form's origin, and every failure as a page */
async function guard(services: ConsoleServices, ctx: Context, next: Next): Promise<void> {
  const leavesForAgent = ctx.path.startsWith('/consent/')
  setSecurityHeaders(ctx, { https: services.https, leavesForAgent })
  try {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD')
      assertSameOrigin(ctx.headers, services.origin)
    await next()
  } catch (error) {
    if (error instanceof PageRefusal) {
      sendPage(ctx, renderErrorPage(error.title, error.message), error.status)
      return
    }
    services.options.log({
      event: 'console_error',
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    sendPage(
      ctx,
      renderErrorPage('Something went wrong here', 'Nothing was changed. Try again in a moment.'),
      500,
    )
  }
}
