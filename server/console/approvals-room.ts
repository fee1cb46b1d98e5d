import { createHash } from 'node:crypto'
import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import { decideApproval, listDecided, listWaiting } from '../state/approvals.ts'
import { nameClients } from './client-names.ts'
import { renderApprovalsPage } from './approvals-page.ts'
import { readForm } from './form.ts'
import { PageRefusal } from './refusal.ts'
import { seeOther, sendPage } from './respond.ts'
import type { ConsoleServices } from './services.ts'
import type { ConsoleSession } from './sessions.ts'
import { findSession } from './sign-in.ts'

const DECIDED_SHOWN = 20

export function addApprovalsRoom(router: Router, services: ConsoleServices): void {
  const { db } = services.options

  router.get('/approvals', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const waiting = await listWaiting(db, session.buyerId)
    const decided = await listDecided(db, session.buyerId, DECIDED_SHOWN)
    const names = await nameClients(
      db,
      [...waiting, ...decided].flatMap(({ client_id: id }) => id ?? []),
    )
    const page = renderApprovalsPage({
      waiting,
      decided,
      names,
      version: versionOf(waiting),
      email: session.email,
      formToken: services.tokens.issue({ form: 'session', session: session.idHash }),
      notice: noticeOf(ctx.query['done']),
    })
    return sendPage(ctx, page)
  })

  // for the page's own script: whether there is something else to see by now
  router.get('/approvals/version', async (ctx) => {
    const session = await findSession(services, ctx)
    ctx.type = 'text/plain'
    ctx.status = session ? 200 : 401
    ctx.body = session ? versionOf(await listWaiting(db, session.buyerId)) : 'signed out'
  })

  router.post('/approvals/:id/approve', async (ctx) => decide(services, ctx, 'approved'))
  router.post('/approvals/:id/deny', async (ctx) => decide(services, ctx, 'denied'))

  router.post('/approvals/deny-all', async (ctx) => {
    const { session, form } = await readOwnForm(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const [grantId, operation] = [form.get('grant'), form.get('operation')]
    const waiting = await listWaiting(db, session.buyerId)
    for (const one of waiting) {
      if (one.grant_id !== grantId || one.operation !== operation) continue
      await decideOne(services, session, one.id, 'denied')
    }
    return seeOther(ctx, '/approvals?done=denied')
  })
}

async function decide(
  services: ConsoleServices,
  ctx: RouterContext,
  status: 'approved' | 'denied',
): Promise<void> {
  const { session } = await readOwnForm(services, ctx)
  if (!session) return seeOther(ctx, '/sign-in')
  const isDecided = await decideOne(services, session, ctx.params['id'] ?? '', status)
  return seeOther(ctx, `/approvals?done=${isDecided ? status : 'late'}`)
}

async function decideOne(
  { options: { db, log } }: ConsoleServices,
  { buyerId }: ConsoleSession,
  id: string,
  status: 'approved' | 'denied',
): Promise<boolean> {
  if (!/^apr_[\w-]{1,64}$/u.test(id)) return false
  const isDecided = await decideApproval(db, { id, buyerId, status, by: 'buyer' })
  if (isDecided) log({ event: 'approval_decided', approvalId: id, status, by: 'buyer' })
  return isDecided
}

/** INVARIANT: a decision comes by a form of this session's own page, never by a link */
async function readOwnForm(
  services: ConsoleServices,
  ctx: RouterContext,
): Promise<{ session: ConsoleSession | undefined; form: ReadonlyMap<string, string> }> {
  const form = await readForm(ctx.req)
  const session = await findSession(services, ctx)
  if (!session) return { session, form }
  const binding = { form: 'session', session: session.idHash } as const
  if (services.tokens.accepts(form.get('form_token'), binding)) return { session, form }
  throw new PageRefusal(
    403,
    'This form is out of date',
    'Nothing was decided. Go back, reload the page and try again.',
  )
}

function versionOf(waiting: readonly { readonly id: string }[]): string {
  return createHash('sha256')
    .update(waiting.map(({ id }) => id).join())
    .digest('base64url')
}

const NOTICES: Readonly<Record<string, string>> = {
  approved: 'Approved. The agent can do this once now, when it tries again.',
  denied: 'Denied. It is not done.',
  late: 'Nothing was decided: it was decided before, ran out, or its grant was revoked.',
}

function noticeOf(done: unknown): string | undefined {
  return typeof done === 'string' && Object.hasOwn(NOTICES, done) ? NOTICES[done] : undefined
}
