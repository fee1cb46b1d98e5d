import type Router from '@koa/router'
import type { Context } from 'koa'
import { ConnectionError } from '../../../adapters/ports.ts'
import { checkConnection } from '../../state/check-connection.ts'
import { connectHubspot } from '../../state/connect-hubspot.ts'
import { connectStripe } from '../../state/connect-stripe.ts'
import { disconnect } from '../../state/disconnect.ts'
import type { StoredConnection } from '../../state/store-connection.ts'
import { readPosted, type Posted } from '../posted.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import type { ConsoleSession } from '../sessions.ts'
import { findSession } from '../sign-in.ts'
import { isSurelyBuyer } from '../step-up.ts'
import { visitOf } from '../visit.ts'
import { explainRefused } from './explain.ts'
import type { PastedProvider } from './forms.ts'
import { findConnection, listConnections } from './list.ts'
import { toNotices } from './notice.ts'
import { addOAuthRoutes, redirectUriOf } from './oauth.ts'
import { renderConnectionsPage, type ConnectionsView } from './page.ts'
import { roomPath, toWayBack } from './way-back.ts'

const WHY_PASTE =
  'A connected account is what you can then let agents work with. What you pasted is not kept while you do this: paste it once more afterwards.'
const WHY_DISCONNECT = 'Disconnecting stops every grant that uses the account.'

export function addConnectionsRoom(router: Router, services: ConsoleServices): void {
  const { db, log, connecting } = services.options
  const { masterKey, settings } = connecting

  router.get('/connections', async (ctx) => {
    const session = await findSession(services, ctx)
    if (!session) return seeOther(ctx, '/sign-in')
    return sendRoom(services, ctx, session, { wayBack: toWayBack(ctx.query['back']) })
  })

  addOAuthRoutes(router, services)
  for (const provider of ['hubspot', 'stripe'] as const) {
    router.post(`/connections/${provider}/paste`, (ctx) => paste(services, ctx, provider))
  }

  router.post('/connections/:id/check', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nothing was checked.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const id = ctx.params['id'] ?? ''
    const owned = { id, buyerId: posted.session.buyerId }
    const health = isId(id) ? await checkConnection(db, masterKey, settings, owned) : undefined
    if (health === undefined) throw noSuchConnection('Nothing was checked.')
    log({ event: 'account_checked', connectionId: id, health })
    const answer = health === 'unknown' ? 'none' : undefined
    return seeOther(ctx, roomPath({ checked: id, answer, back: wayBackOf(posted) }))
  })

  router.post('/connections/:id/disconnect', async (ctx) => {
    const posted = await readPosted(services, ctx, 'Nothing was disconnected.')
    if (!posted) return seeOther(ctx, '/sign-in')
    const id = ctx.params['id'] ?? ''
    const { buyerId } = posted.session
    if ((await findConnection(db, buyerId, id)) === undefined) {
      throw noSuchConnection('Nothing was disconnected.')
    }
    if (!(await isSurelyBuyer(services, ctx, posted, WHY_DISCONNECT))) return
    const done = await disconnect(db, masterKey, settings, { id, buyerId })
    if (done === undefined) throw noSuchConnection('Nothing was disconnected.')
    const { provider, grants, withdrawn } = done
    log({ event: 'account_disconnected', connectionId: id, provider, grants, withdrawn })
    return seeOther(
      ctx,
      roomPath({
        disconnected: provider,
        grants: String(grants),
        withdrawn,
        back: wayBackOf(posted),
      }),
    )
  })
}

/** INVARIANT: what was pasted goes to the provider and under the seal, and into no page, no log and no error */
async function paste(
  services: ConsoleServices,
  ctx: Context,
  provider: PastedProvider,
): Promise<void> {
  const posted = await readPosted(services, ctx, 'Nothing was connected.')
  if (!posted) return seeOther(ctx, '/sign-in')
  const { db, log } = services.options
  const { form, session } = posted
  const { buyerId } = session
  const wayBack = wayBackOf(posted)
  const secret = (form.get('secret') ?? '').trim()
  // the page that asks who sits there writes down what the form holds
  const withoutSecret: Posted = {
    session,
    form: new Map([...form].filter(([name]) => name !== 'secret')),
  }
  if (!(await isSurelyBuyer(services, ctx, withoutSecret, WHY_PASTE))) return
  const meant = await findConnection(db, buyerId, form.get('connection'))
  const refuse = (problem: string): Promise<void> =>
    sendRoom(services, ctx, session, {
      wayBack,
      status: 400,
      refused: { provider, id: meant?.provider === provider ? meant.id : undefined, problem },
    })
  if (secret === '') return refuse('You are confirmed. Paste it here now.')
  try {
    const stored = await tryAndStore(services, provider, { buyerId, credential: secret })
    const { id: connectionId, isAgain: again } = stored
    log({ event: 'account_connected', connectionId, provider, again })
    return seeOther(
      ctx,
      roomPath({
        connected: stored.id,
        again: stored.isAgain ? 'yes' : undefined,
        instead: meant?.id,
        back: wayBack,
      }),
    )
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error
    log({
      event: 'account_not_connected',
      provider,
      buyerId,
      reason: error.code,
      error: error.message,
    })
    return refuse(explainRefused(provider, error))
  }
}

async function tryAndStore(
  { options }: ConsoleServices,
  provider: PastedProvider,
  owned: { readonly buyerId: string; readonly credential: string },
): Promise<StoredConnection> {
  const { db, connecting } = options
  const { masterKey, settings } = connecting
  // a file with a client and its secret is an operator's: here it would make us ask with it
  if (
    owned.credential.startsWith('{') ||
    (provider === 'hubspot' && !isHubspotToken(owned.credential))
  ) {
    throw new ConnectionError('not_connected', 'not a token alone')
  }
  return provider === 'hubspot'
    ? connectHubspot(db, masterKey, settings, owned)
    : connectStripe(db, masterKey, settings, owned)
}

function isHubspotToken(text: string): boolean {
  return /^pat-[\w-]{8,200}$/u.test(text)
}

async function sendRoom(
  services: ConsoleServices,
  ctx: Context,
  session: ConsoleSession,
  shown: {
    readonly wayBack: string | undefined
    readonly status?: number
    readonly refused?: ConnectionsView['refused']
  },
): Promise<void> {
  const { settings } = services.options.connecting
  const connections = await listConnections(services.options.db, session.buyerId)
  const page = renderConnectionsPage({
    visit: await visitOf(services, ctx, session),
    connections,
    registered: new Set([
      ...(settings.googleClient === undefined ? [] : (['gmail'] as const)),
      ...(settings.hubspotClient === undefined ? [] : (['hubspot'] as const)),
    ]),
    redirectUri: (provider) => redirectUriOf(services, provider),
    wayBack: shown.wayBack,
    notices: shown.refused === undefined ? toNotices(ctx.query, connections) : [],
    refused: shown.refused,
  })
  sendPage(ctx, page, shown.status)
}

function wayBackOf({ form }: Posted): string | undefined {
  return toWayBack(form.get('back'))
}

function isId(text: string): boolean {
  return /^[\w-]{1,64}$/u.test(text)
}

/** the same answer for another buyer's connection and for none */
function noSuchConnection(nothing: string): PageRefusal {
  return new PageRefusal(
    404,
    'There is no such account',
    `${nothing} It may have been disconnected meanwhile.`,
  )
}
