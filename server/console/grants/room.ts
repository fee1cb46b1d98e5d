import type Router from '@koa/router'
import type { Context } from 'koa'
import { pauseAll, pauseGrant, resumeGrant, type StandingChange } from '../../state/pause.ts'
import { awaitReach } from '../../state/reach.ts'
import { revokeGrant } from '../../state/revoke.ts'
import { findGrant } from './grant.ts'
import { renderGrantPage } from './grant-page.ts'
import { listGrants, ownsGrant } from './list.ts'
import { renderGrantsPage, type GrantNotice } from './list-page.ts'
import { readPosted, type Posted } from '../posted.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import { findSession } from '../sign-in.ts'
import { isSurelyBuyer } from '../step-up.ts'
import { findRefusals } from './refusals.ts'
import { findPaused } from './standing.ts'
import { readUsage } from './usage.ts'
import { visitOf } from '../visit.ts'

const GRANT_ID = /^[\w-]{1,64}$/u

/** how long the page of a change waits for the fronts to confirm it; what is not confirmed then is said to be open */
const PATIENCE_MS = 2_000

export function addGrantsRoom(router: Router, services: ConsoleServices): void {
  const { db, log, fronts } = services.options

  router.get('/grants', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const visit = await visitOf(services, ctx, session)
    const page = await listGrants(db, session.buyerId, {
      now: services.now(),
      after: queryOf(ctx, 'after'),
    })
    const view = {
      ...page,
      ...visit,
      notice: toNotice(ctx, page.grants),
      paused: await findPaused(db, session.buyerId, fronts, visit.reader),
    }
    return sendPage(ctx, renderGrantsPage(view))
  })

  router.get('/grants/:id', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const [id, now] = [ctx.params['id'] ?? '', services.now()]
    const grant = GRANT_ID.test(id) ? await findGrant(db, session.buyerId, id, now) : undefined
    if (grant === undefined) throw noSuchGrant('')
    const usage = await readUsage(db, [grant], now)
    const view = {
      visit: await visitOf(services, ctx, session),
      grant,
      usage: usage(grant.id),
      refusals: await findRefusals(db, grant.id),
      tokenLifetimes: services.tokenLifetimes,
      isChanged: queryOf(ctx, 'changed') === '1',
    }
    return sendPage(ctx, renderGrantPage(view))
  })

  router.post('/grants/stop-all', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nothing was stopped.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const { buyerId } = posted.session
    const change = await pauseAll(db, buyerId, 'buyer')
    log({ event: 'everything_stopped', buyerId, grants: change?.grants ?? 0 })
    await reachFronts(change)
    return seeOther(ctx, '/grants')
  })

  router.post('/grants/:id/pause', async (ctx) => {
    const own = await readOwn(services, ctx, 'Nothing was paused.')
    if (own === undefined) return seeOther(ctx, '/sign-in')
    const { grantId } = own
    const change = await pauseGrant(db, grantId, 'buyer')
    if (change) log({ event: 'grant_paused', grantId })
    await reachFronts(change)
    return seeOther(ctx, '/grants')
  })

  router.post('/grants/:id/resume', async (ctx) => {
    const own = await readOwn(services, ctx, 'Nothing was resumed.')
    if (own === undefined) return seeOther(ctx, '/sign-in')
    const { grantId, posted } = own
    // what she stopped, because something was wrong, nobody starts again who has only taken her session
    const why = 'This lets an agent that was stopped work again.'
    if (!(await isSurelyBuyer(services, ctx, posted, why))) return
    const change = await resumeGrant(db, grantId)
    if (change) log({ event: 'grant_resumed', grantId })
    return seeOther(ctx, `/grants?resumed=${encodeURIComponent(grantId)}`)
  })

  router.post('/grants/:id/revoke', async (ctx) => {
    const own = await readOwn(services, ctx, 'Nothing was revoked.')
    if (own === undefined) return seeOther(ctx, '/sign-in')
    const { grantId } = own
    const tokens = await revokeGrant(db, grantId, 'revoked by the buyer')
    log({ event: 'grant_revoked', grantId, tokens })
    return seeOther(ctx, `/grants?revoked=${encodeURIComponent(grantId)}`)
  })

  async function reachFronts(change: StandingChange | undefined): Promise<void> {
    if (change) await awaitReach(db, change.xid, fronts, PATIENCE_MS)
  }
}

/** the grant that a form of the signed-in buyer is about; the same answer for another buyer's and for none */
async function readOwn(
  services: ConsoleServices,
  ctx: Context & { readonly params: Readonly<Record<string, string>> },
  nothing: string,
): Promise<{ readonly grantId: string; readonly posted: Posted } | undefined> {
  const posted = await readPosted(services, ctx, nothing)
  if (!posted) return undefined
  const grantId = ctx.params['id'] ?? ''
  const { db } = services.options
  if (!GRANT_ID.test(grantId) || !(await ownsGrant(db, posted.session.buyerId, grantId))) {
    throw noSuchGrant(nothing)
  }
  return { grantId, posted }
}

function noSuchGrant(nothing: string): PageRefusal {
  const why = 'It may have been removed meanwhile.'
  return new PageRefusal(404, 'There is no such grant', `${nothing} ${why}`.trim())
}

function toNotice(
  ctx: Context,
  grants: Awaited<ReturnType<typeof listGrants>>['grants'],
): GrantNotice | undefined {
  const [revoked, resumed] = [queryOf(ctx, 'revoked'), queryOf(ctx, 'resumed')]
  const grant = grants.find(({ id, state }) =>
    state === 'revoked' ? id === revoked : state === 'active' && id === resumed,
  )
  return grant && { grant, kind: grant.state === 'revoked' ? 'revoked' : 'resumed' }
}

function queryOf(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name]
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined
}
