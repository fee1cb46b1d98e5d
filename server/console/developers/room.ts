import type Router from '@koa/router'
import type { Context } from 'koa'
import { errors } from 'oidc-provider'
import { deleteClient, registerClient, TooManyClients } from '../../authority/register-client.ts'
import { toAgentText } from '../agent-text.ts'
import type { Form } from '../form.ts'
import { readPosted } from '../posted.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import type { ConsoleSession } from '../sessions.ts'
import { findSession } from '../sign-in.ts'
import { isSurelyBuyer } from '../step-up.ts'
import { visitOf } from '../visit.ts'
import { readClientForm, type ClientProblems } from './client-form.ts'
import { listClients } from './client-list.ts'
import { renderDevelopersPage, type DevelopersView } from './developers-page.ts'
import { inspectPasted } from './inspection.ts'
import { renderTokenPage } from './token-page.ts'

/** for whoever builds an agent: this server's addresses, a client of one's own, and a look into a token */
export function addDevelopersRoom(router: Router, services: ConsoleServices): void {
  const { db, provider, log, rootKeys } = services.options

  router.get('/developers', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    return show(services, ctx, session, { removed: ctx.query['removed'] === 'yes' })
  })

  // no redirect after it: the secret is in this answer and nowhere else
  router.post('/developers/clients', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nothing was registered.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const { form, session } = posted
    const result = readClientForm(form)
    if (!result.ok)
      return show(services, ctx, session, { entered: form, problems: result.problems })
    const { registration } = result
    const why = 'This makes a secret with which a program can ask buyers for access.'
    if (registration.isConfidential && !(await isSurelyBuyer(services, ctx, posted, why))) return
    try {
      const registrar = { provider, db, buyerId: session.buyerId }
      const client = await registerClient(registrar, registration)
      log({ event: 'client_registered', buyerId: session.buyerId, clientId: client.clientId })
      return await show(services, ctx, session, {
        registered: { ...client, name: registration.name },
      })
    } catch (error) {
      return show(services, ctx, session, { entered: form, problems: toProblems(error) })
    }
  })

  router.post('/developers/clients/:id/delete', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nothing was removed.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const { buyerId } = posted.session
    const clientId = ctx.params['id'] ?? ''
    const isId = /^[\w-]{1,64}$/u.test(clientId)
    if (!isId || !(await deleteClient(db, buyerId, clientId))) {
      const why = 'Nothing was removed. It may be gone already, or somebody else’s.'
      throw new PageRefusal(404, 'You have no such agent', why)
    }
    log({ event: 'client_deleted', buyerId, clientId })
    return seeOther(ctx, '/developers?removed=yes')
  })

  router.get('/developers/token', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    const visit = await visitOf(services, ctx, session)
    return sendPage(ctx, renderTokenPage({ ...visit, inspection: undefined }))
  })

  // never in an address: those stand in histories and in logs
  router.post('/developers/token', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nothing was read.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const pasted = posted.form.get('token') ?? ''
    const inspection = await inspectPasted(pasted, { db, rootKeys, now: services.now() })
    const visit = await visitOf(services, ctx, posted.session)
    return sendPage(ctx, renderTokenPage({ ...visit, inspection }), inspection.ok ? 200 : 422)
  })
}

/** what the library refuses is about the addresses, which is all that it is told and has not been looked at before */
function toProblems(error: unknown): ClientProblems {
  if (error instanceof TooManyClients) {
    return new Map([['form', 'You have registered as many agents as one may. Delete one first.']])
  }
  if (error instanceof errors.OIDCProviderError) {
    const reason = toAgentText(error.error_description ?? error.message, 300)
    return new Map([['redirect_uris', `This cannot be registered: ${reason}.`]])
  }
  throw error
}

interface Shown {
  readonly registered?: DevelopersView['registered']
  readonly removed?: boolean
  readonly entered?: Form
  readonly problems?: ClientProblems
}

async function show(
  services: ConsoleServices,
  ctx: Context,
  session: ConsoleSession,
  { registered, removed = false, entered, problems = new Map() }: Shown,
): Promise<void> {
  const { db, issuer, fronts } = services.options
  const page = renderDevelopersPage({
    ...(await visitOf(services, ctx, session)),
    addresses: { issuer, fronts },
    clients: await listClients(db, session.buyerId),
    registered,
    removed,
    entered,
    problems,
  })
  sendPage(ctx, page, problems.size > 0 ? 422 : 200)
}
