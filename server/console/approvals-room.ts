import type Router from '@koa/router'
import type { Context } from 'koa'
import { decideApproval, denyKind, findShown, statusOf } from '../state/approvals.ts'
import { listApprovals, readWaitingState, type ListedApproval } from './approval-list.ts'
import { renderApprovalsPage } from './approvals-page.ts'
import { liveScript } from './assets.ts'
import { letScriptRun } from './live-page.ts'
import { readPosted } from './posted.ts'
import { PageRefusal } from './refusal.ts'
import { seeOther, sendPage } from './respond.ts'
import type { ConsoleServices } from './services.ts'
import { findSession } from './sign-in.ts'
import { isSurelyBuyer } from './step-up.ts'
import { visitOf } from './visit.ts'

/** what PostgreSQL cannot hold is no id either */
const APPROVAL_ID = /^[\w-]{1,64}$/u
const VERBS = { approve: 'approved', deny: 'denied' } as const

export function addApprovalsRoom(router: Router, services: ConsoleServices): void {
  const { db, log } = services.options

  router.get('/approvals', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const list = await listApprovals(db, session.buyerId)
    const view = {
      ...(await visitOf(services, ctx, session)),
      ...list,
      notice: toNotice(ctx, list.decided),
    }
    letScriptRun(services, ctx, { script: liveScript, asks: '/approvals/news' })
    return sendPage(ctx, renderApprovalsPage(view))
  })

  // for the page's script; it tells that something changed, never what
  router.get('/approvals/news', async (ctx) => {
    const session = await findSession(services, ctx)
    ctx.status = session ? 200 : 401
    ctx.body = session ? await readWaitingState(db, session.buyerId) : { state: 'signed out' }
  })

  router.post('/approvals/deny-all', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nothing was decided.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const { form, session } = posted
    const [grantId, operation] = [form.get('grant_id') ?? '', form.get('operation') ?? '']
    const { buyerId } = session
    const denied = await denyKind(db, { grantId, operation, buyerId, by: 'buyer' })
    log({ event: 'approvals_denied', grantId, operation, count: denied })
    return seeOther(ctx, `/approvals?denied=${denied}`)
  })

  for (const verb of ['approve', 'deny'] as const) {
    router.post(`/approvals/:id/${verb}`, async (ctx) => {
      const posted = await readPosted(services, ctx, 'Nothing was decided.')
      if (!posted) return seeOther(ctx, '/sign-in')
      const id = ctx.params['id'] ?? ''
      const { buyerId } = posted.session
      if (!APPROVAL_ID.test(id)) throw noSuchApproval()
      if (verb === 'approve' && (await movesMoney(services, buyerId, id))) {
        const why = 'A yes here lets an agent move money that you wanted to see first.'
        if (!(await isSurelyBuyer(services, ctx, posted, why))) return
      }
      const status = VERBS[verb]
      if (!(await decideApproval(db, { id, buyerId, status, by: 'buyer' }))) {
        throw await refuse(services, buyerId, id)
      }
      log({ event: 'approval_decided', approvalId: id, status })
      return seeOther(ctx, `/approvals?decided=${encodeURIComponent(id)}`)
    })
  }
}

/** what asks about money asks because it is over the line that she drew herself */
async function movesMoney(
  { options }: ConsoleServices,
  buyerId: string,
  id: string,
): Promise<boolean> {
  const found = await findShown(options.db, id)
  return found?.buyer_id === buyerId && found.provider === 'stripe' && statusOf(found) === 'pending'
}

/** the same answer for another buyer's approval and for none */
async function refuse(
  services: ConsoleServices,
  buyerId: string,
  id: string,
): Promise<PageRefusal> {
  const found = await findShown(services.options.db, id)
  if (found?.buyer_id !== buyerId) return noSuchApproval()
  const state = statusOf(found)
  return new PageRefusal(
    409,
    'This does not wait any more',
    `Nothing was changed: it is ${state === 'pending' ? 'over, because its grant was revoked' : state}.`,
  )
}

function noSuchApproval(): PageRefusal {
  return new PageRefusal(
    404,
    'There is no such approval',
    'Nothing was decided. It may have been removed meanwhile.',
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
