import type { Context } from 'koa'
import { answerProblem } from '../problem.ts'
import type { AuthorityKeys } from './options.ts'

/** Koa leaves the answer of `next` untyped; nobody uses it */
export type Next = () => Promise<void>
export type Step = (ctx: Context, next: Next) => Promise<void>

/**
 * The library builds its endpoint URLs, and the `htu` it expects of a DPoP proof, from the request. So the request must name
 * us: another Host, or an absolute request target (which wins over Host), would make us publish somebody else's endpoints.
 */
export function pinHost(issuer: string): Step {
  const { host, protocol } = new URL(issuer)
  return async (ctx, next) => {
    if (ctx.host !== host || `${ctx.protocol}:` !== protocol || !ctx.req.url?.startsWith('/')) {
      return answerProblem(ctx, 421, 'this server is not known by that name')
    }
    await next()
  }
}

/** pages of the console set their own, stricter ones on top */
export function setSecurityHeaders(issuer: string): Step {
  const headers = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    ...(issuer.startsWith('https:') && { 'strict-transport-security': 'max-age=63072000' }),
  }
  return async (ctx, next) => {
    ctx.set(headers)
    await next()
  }
}

/** the library answers CORS everywhere but at registration, where an agent that lives in a browser starts */
export function allowCrossOriginRegistration(path: string): Step {
  return async (ctx, next) => {
    if (ctx.path !== path) return next()
    ctx.set('access-control-allow-origin', '*')
    if (ctx.method !== 'OPTIONS') return next()
    ctx.set('access-control-allow-methods', 'POST')
    ctx.set('access-control-allow-headers', 'content-type')
    ctx.set('access-control-max-age', '3600')
    ctx.status = 204
  }
}

export const webKeysPath = '/.well-known/biscuit-web-keys'

/** public root keys by number, so that anybody can verify a token offline */
export function serveWebKeys(keys: Pick<AuthorityKeys, 'webKeys'>): Step {
  return async (ctx, next) => {
    if (ctx.path !== webKeysPath) return next()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('allow', 'GET, HEAD')
      return answerProblem(ctx, 405, 'use GET')
    }
    ctx.set('access-control-allow-origin', '*')
    ctx.set('cache-control', 'public, max-age=60')
    ctx.body = keys.webKeys()
  }
}

/** a path nobody answers */
export async function answerUnknownPaths(ctx: Context, next: Next): Promise<void> {
  await next()
  if (ctx.status === 404 && ctx.body === undefined)
    answerProblem(ctx, 404, 'there is nothing at this path')
}
