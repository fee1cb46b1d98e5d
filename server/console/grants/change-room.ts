import { createHash } from 'node:crypto'
import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { Capability } from '../../../capabilities/index.ts'
import { decideApproval, findShown, statusOf } from '../../state/approvals.ts'
import { changeGrant } from '../../state/change-grant.ts'
import { awaitReach } from '../../state/reach.ts'
import { readPosted, type Posted } from '../posted.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import { findSession } from '../sign-in.ts'
import { isSurelyBuyer } from '../step-up.ts'
import { visitOf } from '../visit.ts'
import { readChange, toChangeForm, type Change } from './change.ts'
import { renderChangePage, renderConfirmPage, type WaitingApproval } from './change-page.ts'
import { findGrant, type ShownGrant } from './grant.ts'
import { pathOf } from './list-page.ts'

/** how long the page waits for the fronts to know that the old access is over */
const PATIENCE_MS = 2_000

const NOTHING = 'Nothing was changed.'

interface Changeable extends ShownGrant {
  readonly capabilities: readonly Capability[]
}

/** how far a grant goes, changed by whoever gave it */
export function addChangeRoom(router: Router, services: ConsoleServices): void {
  const { db, fronts, log } = services.options

  router.get('/grants/:id/change', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const { buyerId } = session
    const visit = await visitOf(services, ctx, session)
    const grant = await findChangeable(services, buyerId, ctx)
    const asked = ctx.query['approval']
    return sendPage(
      ctx,
      renderChangePage({
        visit,
        grant,
        seen: fingerprintOf(grant.capabilities),
        approval: await findWaiting(services, buyerId, grant.id, asked),
        form: toChangeForm(grant.capabilities, visit.reader),
        entered: undefined,
        problems: new Map(),
      }),
    )
  })

  router.post('/grants/:id/change', async (ctx) => {
    const posted = await readPosted(services, ctx, NOTHING)
    if (!posted) return seeOther(ctx, '/sign-in')
    const { form, session } = posted
    const grant = await findChangeable(services, session.buyerId, ctx)
    const seen = form.get('seen') ?? ''
    if (seen !== fingerprintOf(grant.capabilities)) throw changedMeanwhile()
    const approval = await findWaiting(services, session.buyerId, grant.id, form.get('approval'))
    if (form.has('approval') && !approval) throw overMeanwhile('Nothing was changed, and nothing')
    const visit = await visitOf(services, ctx, session)
    const { reader } = visit
    const framed = { visit, grant, seen, approval }
    const { capabilities: current, endsAt } = grant
    const read = readChange(services, form, { current, endsAt, reader })
    if (!read.ok) {
      const again = { form: toChangeForm(grant.capabilities, visit.reader), entered: form }
      return sendPage(ctx, renderChangePage({ ...framed, ...again, problems: read.problems }), 422)
    }
    const { change } = read
    const isConfirmed = form.get('confirmed') === 'yes'
    if ((change.widens || approval) && !isConfirmed) {
      return sendPage(ctx, renderConfirmPage({ ...framed, form, change }))
    }
    if (!(await maySettle(ctx, posted, change, approval))) return
    await settle(session.buyerId, grant, change, approval)
    return seeOther(ctx, approval ? '/approvals' : `${pathOf(grant)}?changed=1`)
  })

  async function maySettle(
    ctx: RouterContext,
    posted: Posted,
    { widens }: Change,
    approval: (WaitingApproval & { readonly provider: string }) | undefined,
  ): Promise<boolean> {
    if (!widens && approval?.provider !== 'stripe') return true
    return isSurelyBuyer(services, ctx, posted, 'This lets an agent do more in your name.')
  }

  async function settle(
    buyerId: string,
    grant: Changeable,
    { to, expiresAt, differences, widens }: Change,
    approval: WaitingApproval | undefined,
  ): Promise<void> {
    const changes = differences.length > 0 || expiresAt !== undefined
    if (changes) {
      const terms = { from: grant.capabilities, to, expiresAt, mayWiden: widens }
      const result = await changeGrant(db, { grantId: grant.id, buyerId, ...terms })
      if (!result.ok) throw changedMeanwhile()
      log({ event: 'grant_changed', grantId: grant.id, widened: widens, tokens: result.tokens })
      await awaitReach(db, result.xid, fronts, PATIENCE_MS)
    }
    if (approval === undefined) return
    const { id } = approval
    if (!(await decideApproval(db, { id, buyerId, status: 'approved', by: 'buyer' }))) {
      throw overMeanwhile(
        changes ? 'The grant was changed as you confirmed, but nothing' : 'Nothing',
      )
    }
    log({ event: 'approval_decided', approvalId: id, status: 'approved' })
  }
}

/** the same answer for another buyer's and for none */
async function findChangeable(
  services: ConsoleServices,
  buyerId: string,
  ctx: RouterContext,
): Promise<Changeable> {
  const id = ctx.params['id'] ?? ''
  const grant = /^[\w-]{1,64}$/u.test(id)
    ? await findGrant(services.options.db, buyerId, id, services.now())
    : undefined
  if (grant === undefined) {
    throw new PageRefusal(404, 'There is no such grant', `${NOTHING} It may have been removed.`)
  }
  const { capabilities, state } = grant
  if (capabilities !== undefined && (state === 'active' || state === 'paused')) {
    return { ...grant, capabilities }
  }
  throw new PageRefusal(
    409,
    'This grant cannot be changed',
    state === 'revoked' || state === 'ended'
      ? `${NOTHING} It is over. The agent can ask again.`
      : `${NOTHING} It was made by another version of Remit. You can revoke it.`,
  )
}

async function findWaiting(
  { options }: ConsoleServices,
  buyerId: string,
  grantId: string,
  asked: unknown,
): Promise<(WaitingApproval & { readonly provider: string }) | undefined> {
  if (typeof asked !== 'string' || asked.includes('\0')) return undefined
  const found = await findShown(options.db, asked)
  if (found?.buyer_id !== buyerId || found.grant_id !== grantId) return undefined
  return statusOf(found) === 'pending' ? found : undefined
}

/** which terms somebody has read; two tabs, or a tab and the operator, do not overwrite each other unread */
function fingerprintOf(capabilities: readonly Capability[]): string {
  return createHash('sha256').update(JSON.stringify(capabilities)).digest('base64url').slice(0, 22)
}

function changedMeanwhile(): PageRefusal {
  return new PageRefusal(
    409,
    'The grant has changed meanwhile',
    `${NOTHING} Open the grant again and look at how it stands now.`,
  )
}

/** `done`: she has to know whether the agent can do more now, though what she said yes to is over */
function overMeanwhile(done: string): PageRefusal {
  return new PageRefusal(
    409,
    'This does not wait any more',
    `${done} was approved: it was decided, or it ended, while you looked at it. Open the grant again to see how it stands now.`,
  )
}
