import type { Context } from 'koa'
import type { Asset } from './assets.ts'
import { setSecurityHeaders } from './security-headers.ts'
import type { ConsoleServices } from './services.ts'

export interface Liveliness {
  readonly script: Asset
  /** the one address, below the console's, that the script may ask; undefined: none */
  readonly asks?: string
}

/** INVARIANT: no other page runs a script, and this one runs no other */
export function letScriptRun(
  { https, origin }: ConsoleServices,
  ctx: Context,
  { script, asks }: Liveliness,
): void {
  setSecurityHeaders(ctx, {
    https,
    leavesForAgent: leavesForAgent(ctx.path),
    live: {
      script: `${origin}${script.path}`,
      ...(asks !== undefined && { asks: `${origin}${asks}` }),
    },
  })
}

/** from these pages the browser goes on to the agent */
export function leavesForAgent(path: string): boolean {
  return path.startsWith('/consent/')
}
