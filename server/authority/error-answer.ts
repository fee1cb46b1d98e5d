import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'

/** shown to a person when there is no client to send the error to: nothing of it is markup */
export function renderPlainError(ctx: KoaContextWithOIDC, out: ErrorOut): void {
  ctx.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  if (ctx.accepts('json', 'text') === 'json') {
    ctx.body = out
    return
  }
  ctx.type = 'text/plain; charset=utf-8'
  ctx.body = `The agent's request cannot be answered.\n\n${out.error}: ${out.error_description ?? ''}\n`
}
