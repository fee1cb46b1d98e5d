import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Context } from 'koa'

/** RFC 9457, for what is ours; OAuth endpoints and fronts have error forms of their own */
export function answerProblem(ctx: Context, status: number, detail: string): void {
  ctx.status = status
  ctx.set('cache-control', 'no-store')
  ctx.body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance: `urn:uuid:${randomUUID()}`,
  }
  ctx.type = 'application/problem+json'
}
