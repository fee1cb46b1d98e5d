import type { Context } from 'koa'

export interface ConsoleCookie {
  read(ctx: Context): string | undefined
  set(ctx: Context, value: string, lifetimeMs: number): void
  clear(ctx: Context): void
}

/**
 * SameSite=Lax and not Strict: an agent's request arrives from the agent's site, and the buyer's session must be seen then.
 * The prefix makes browsers refuse the cookie from a neighbouring subdomain or over plain HTTP.
 */
export function createCookie(name: string, https: boolean): ConsoleCookie {
  const fullName = https ? `__Host-${name}` : name
  const attributes = `Path=/; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}`
  return {
    read: (ctx) => ctx.cookies.get(fullName, { signed: false }),
    set(ctx, value, lifetimeMs) {
      ctx.append(
        'set-cookie',
        `${fullName}=${value}; Max-Age=${Math.floor(lifetimeMs / 1000)}; ${attributes}`,
      )
    },
    clear(ctx) {
      ctx.append('set-cookie', `${fullName}=; Max-Age=0; ${attributes}`)
    },
  }
}
