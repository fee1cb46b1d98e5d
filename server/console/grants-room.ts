import type Router from '@koa/router'
import type { Context } from 'koa'
import { countWaitingOf } from '../state/approvals.ts'
import { revokeGrant } from '../state/revoke.ts'
import { readForm } from './form.ts'
import { listGrants, ownsGrant } from './grant-list.ts'
import { renderGrantsPage } from './grants-page.ts'
import { PageRefusal } from './refusal.ts'
import { seeOther, sendPage } from './respond.ts'
import type { ConsoleServices } from './services.ts'
import { findSession } from './sign-in.ts'

export function addGrantsRoom(router: Router, services: ConsoleServices): void {
  const { db, log } = services.options

  router.get('/grants', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const page = await listGrants(db, session.buyerId, {
      now: services.now(),
      after: queryOf(ctx, 'after'),
    })
    const revoked = queryOf(ctx, 'revoked')
    const view = {
      ...page,
      email: session.email,
      waiting: await countWaitingOf(db, session.buyerId),
      tokenLifetimes: services.tokenLifetimes,
      formToken: services.tokens.issue({ form: 'session', session: session.idHash }),
      justRevoked: page.grants.find(({ id, state }) => id === revoked && state === 'revoked'),
    }
    return sendPage(ctx, renderGrantsPage(view))
  })

  router.post('/grants/:id/revoke', async (ctx) => {
    const form = await readForm(ctx.req)
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    if (
      !services.tokens.accepts(form.get('form_token'), { form: 'session', session: session.idHash })
    ) {
      throw new PageRefusal(
        403,
        'This form is out of date',
        'Nothing was revoked. Go back, reload the page and try again.',
      )
    }
    const grantId = ctx.params['id'] ?? ''
    // the same answer for another buyer's grant and for none
    if (!/^[\w-]{1,64}$/u.test(grantId) || !(await ownsGrant(db, session.buyerId, grantId))) {
      throw new PageRefusal(
        404,
        'There is no such grant',
        'Nothing was revoked. It may have been removed meanwhile.',
      )
    }
    const tokens = await revokeGrant(db, grantId, 'revoked by the buyer')
    log({ event: 'grant_revoked', grantId, tokens })
    return seeOther(ctx, `/grants?revoked=${encodeURIComponent(grantId)}`)
  })
}

function queryOf(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name]
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined
}
