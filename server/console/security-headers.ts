import type { Context } from 'koa'

/**
 * A page loads its own stylesheet and icon and nothing else; no script runs on it, whatever text it shows, but the one that
 * is named by its whole address (`script`), which may ask one address of ours (`asks`) or none.
 * On the pages of an agent's request two rules are looser, because the browser leaves for the agent from there:
 * - Chromium holds `form-action` against the whole chain of redirects that a posted form ends in, the agent's own
 *   included, so any value here would turn "Allow" into a dead button for some agents;
 * - an agent may have opened the page in a window whose opener waits for the answer.
 */
export function setSecurityHeaders(
  ctx: Context,
  options: { https: boolean; leavesForAgent?: boolean; live?: { script: string; asks?: string } },
): void {
  const { live } = options
  const script = live
    ? `; script-src ${live.script}${live.asks === undefined ? '' : `; connect-src ${live.asks}`}`
    : ''
  const formAction = options.leavesForAgent ? '' : "; form-action 'self'"
  ctx.set({
    'content-security-policy': `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'${script}${formAction}`,
    'cache-control': 'no-store',
    'cross-origin-opener-policy': options.leavesForAgent ? 'unsafe-none' : 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    // not `no-referrer`: browsers then send `Origin: null` with our own forms
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(options.https && { 'strict-transport-security': 'max-age=63072000' }),
  })
}
