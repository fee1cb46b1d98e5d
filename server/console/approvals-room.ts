import type Router from '@koa/router'
import type { Context } from 'koa'
import { decideApproval, denyKind, findShown, statusOf } from '../state/approvals.ts'
import { listApprovals, readWaitingState, type ListedApproval } from './approval-list.ts'
import { renderApprovalsPage } from './approvals-page.ts'
import { readForm, type Form } from './form.ts'
import { PageRefusal } from './refusal.ts'
import { seeOther, sendPage } from './respond.ts'
import type { ConsoleServices } from './services.ts'
import type { ConsoleSession } from './sessions.ts'
import { findSession } from './sign-in.ts'

const VERBS = { approve: 'approved', deny: 'denied' } as const

export function addApprovalsRoom(router: Router, services: ConsoleServices): void {
  const { db, log } = services.options

  router.get('/approvals', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const list = await listApprovals(db, session.buyerId)
    const view = {
      ...list,
      email: session.email,
      formToken: services.tokens.issue({ form: 'session', session: session.idHash }),
      notice: toNotice(ctx, list.decided),
    }
    return sendPage(ctx, renderApprovalsPage(view))
  })

  // for the page's script; it tells that something changed, never what
  router.get('/approvals/news', async (ctx) => {
    const session = await findSession(services, ctx)
    ctx.status = session ? 200 : 401
    ctx.body = session ? await readWaitingState(db, session.buyerId) : { state: 'signed out' }
  })

  router.post('/approvals/deny-all', async (ctx) => {
    const { form, session } = await readPosted(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const [grantId, operation] = [form.get('grant_id') ?? '', form.get('operation') ?? '']
    const { buyerId } = session
    const denied = await denyKind(db, { grantId, operation, buyerId, by: 'buyer' })
    log({ event: 'approvals_denied', grantId, operation, count: denied })
    return seeOther(ctx, `/approvals?denied=${denied}`)
  })

  for (const verb of ['approve', 'deny'] as const) {
    router.post(`/approvals/:id/${verb}`, async (ctx) => {
      const { session } = await readPosted(services, ctx)
      if (!session) return seeOther(ctx, '/sign-in')
      const id = ctx.params['id'] ?? ''
      const { buyerId } = session
      const status = VERBS[verb]
      if (!(await decideApproval(db, { id, buyerId, status, by: 'buyer' }))) {
        throw await refuse(services, buyerId, id)
      }
      log({ event: 'approval_decided', approvalId: id, status })
      return seeOther(ctx, `/approvals?decided=${encodeURIComponent(id)}`)
    })
  }
}

async function readPosted(
  services: ConsoleServices,
  ctx: Context,
): Promise<{ form: Form; session: ConsoleSession | undefined }> {
  const form = await readForm(ctx.req)
  const session = await findSession(services, ctx)
  const binding = session && ({ form: 'session', session: session.idHash } as const)
  if (binding && !services.tokens.accepts(form.get('form_token'), binding)) {
    throw new PageRefusal(
      403,
      'This form is out of date',
      'Nothing was decided. Go back, reload the page and try again.',
    )
  }
  return { form, session }
}

/** the same answer for another buyer's approval and for none */
async function refuse(
  services: ConsoleServices,
  buyerId: string,
  id: string,
): Promise<PageRefusal> {
  const found = await findShown(services.options.db, id)
  if (found?.buyer_id !== buyerId) {
    return new PageRefusal(
      404,
      'There is no such approval',
      'Nothing was decided. It may have been removed meanwhile.',
    )
  }
  const state = statusOf(found)
  return new PageRefusal(
    409,
    'This does not wait any more',
    `Nothing was changed: it is ${state === 'pending' ? 'over, because its grant was revoked' : state}.`,
  )
}

const IN_WORDS = {
  approved: 'Approved. The agent can now do this, once, when it asks again.',
  denied: 'Denied. Nothing was done, and asking again for the same changes nothing for a day.',
} as const

function toNotice(ctx: Context, decided: readonly ListedApproval[]): string | undefined {
  const { decided: id, denied } = ctx.query
  const one = decided.find((each) => each.id === id)
  if (one?.status === 'approved' || one?.status === 'denied') return IN_WORDS[one.status]
  if (typeof denied !== 'string' || !/^\d{1,3}$/u.test(denied)) return undefined
  return `Denied ${denied}. Nothing of it was done.`
}
