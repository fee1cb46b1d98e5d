import Router from '@koa/router'
import type { Context, Middleware, Next } from 'koa'
import type { Configuration } from 'oidc-provider'
import { addActivityRoom } from './activity/room.ts'
import { toAgentText } from './agent-text.ts'
import { addApprovalsRoom } from './approvals-room.ts'
import { assets } from './assets.ts'
import { addConnectionsRoom } from './connections/room.ts'
import { addConsentRoom } from './consent/consent-room.ts'
import { addDevelopersRoom } from './developers/room.ts'
import { renderErrorPage } from './error-page.ts'
import { addChangeRoom } from './grants/change-room.ts'
import { addGrantsRoom } from './grants/room.ts'
import { leavesForAgent } from './live-page.ts'
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
  addChangeRoom(router, services)
  addApprovalsRoom(router, services)
  addActivityRoom(router, services)
  addConnectionsRoom(router, services)
  addConsentRoom(router, services)
  addDevelopersRoom(router, services)
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

/**
 * For oidc-provider's `renderError`: an error that cannot go back to the agent, because its address is not known to be the
 * agent's. The description quotes the request, so it is shown as the agent's word.
 */
export function createErrorRenderer(issuer: string): NonNullable<Configuration['renderError']> {
  const https = new URL(issuer).protocol === 'https:'
  return (ctx, { error, error_description: description }) => {
    setSecurityHeaders(ctx, { https })
    const said = toAgentText(description ?? '', 300)
    sendPage(
      ctx,
      renderErrorPage(
        'The agent’s request cannot be answered',
        said === '' ? error : `${error}: ${said}`,
      ),
      ctx.status,
    )
  }
}

/** every page's headers, every form's origin, and every failure as a page */
async function guard(services: ConsoleServices, ctx: Context, next: Next): Promise<void> {
  setSecurityHeaders(ctx, {
    https: services.https,
    leavesForAgent: leavesForAgent(ctx.path),
  })
  try {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD')
      assertSameOrigin(ctx.headers, services.origin)
    await next()
  } catch (error) {
    // the visitor hung up half-way: there is nobody to answer and nothing to report
    if (ctx.req.destroyed && !ctx.req.complete) return
    if (error instanceof PageRefusal) {
      // what is left of a body that is too large is not worth reading
      if (error.status === 413) ctx.set('connection', 'close')
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
