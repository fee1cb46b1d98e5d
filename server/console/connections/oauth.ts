import type Router from '@koa/router'
import type { Context } from 'koa'
import { ConnectionError } from '../../../adapters/ports.ts'
import type { ProviderType } from '../../../capabilities/index.ts'
import type { OAuthClient } from '../../config.ts'
import {
  AuthorizationError,
  authorizationUrl,
  exchangeCode,
  type Consented,
} from '../../state/authorization-code.ts'
import {
  authorizationServerOf,
  clientOf,
  type OAuthProvider,
} from '../../state/authorization-server.ts'
import { beginJourney, endJourney, verifierOf, type Journey } from '../../state/connecting.ts'
import { keepGmail } from '../../state/connect-gmail.ts'
import { keepHubspot } from '../../state/connect-hubspot.ts'
import type { StoredConnection } from '../../state/store-connection.ts'
import { readPosted } from '../posted.ts'
import { PageRefusal } from '../refusal.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import type { ConsoleSession } from '../sessions.ts'
import { findSession } from '../sign-in.ts'
import { isSurelyBuyer } from '../step-up.ts'
import { visitOf } from '../visit.ts'
import { chosenAbilities, heldAbilities, leastScopes, type Ability } from './abilities.ts'
import { renderLeavingPage } from './leaving-page.ts'
import { findConnection } from './list.ts'
import { OWNERS } from './owners.ts'
import { renderProblemPage } from './problem-page.ts'
import { describeProblem, type ProblemCode } from './problems.ts'
import { roomPath, toWayBack } from './way-back.ts'

const WHY = 'A connected account is what you can then let agents work with.'
const PROVIDERS: readonly OAuthProvider[] = ['gmail', 'hubspot']

export function addOAuthRoutes(router: Router, services: ConsoleServices): void {
  for (const provider of PROVIDERS) {
    router.post(`/connections/${provider}/connect`, (ctx) => leave(services, ctx, provider))
    // one address for each: an answer of one provider is never taken for another's (RFC 9700 §4.4.2.2)
    router.get(`/connections/${provider}/callback`, (ctx) => comeBack(services, ctx, provider))
  }
}

export function redirectUriOf({ origin }: ConsoleServices, provider: ProviderType): string {
  return `${origin}/connections/${provider}/callback`
}

async function leave(
  services: ConsoleServices,
  ctx: Context,
  provider: OAuthProvider,
): Promise<void> {
  const posted = await readPosted(services, ctx, 'Nothing was connected.')
  if (!posted) return seeOther(ctx, '/sign-in')
  const { form, session } = posted
  const { db, connecting } = services.options
  const client = requireClient(services, provider)
  if (!(await isSurelyBuyer(services, ctx, posted, WHY))) return
  const found = await findConnection(db, session.buyerId, form.get('connection'))
  const again = found?.provider === provider ? found : undefined
  const abilities = chosenAbilities(provider, form, heldAbilities(provider, again?.scopes ?? []))
  if (abilities.length === 0) {
    throw new PageRefusal(
      400,
      'Nothing was ticked',
      'Nothing was connected. Go back and tick what agents may be able to do with the account.',
    )
  }
  const scopes = leastScopes(abilities)
  const state = await beginJourney(
    db,
    {
      provider,
      sessionHash: session.idHash,
      connectionId: again?.id,
      scopes,
      wayBack: toWayBack(form.get('back')),
    },
    services.now(),
  )
  const url = await authorizationUrl(
    authorizationServerOf(provider, connecting.settings),
    client,
    verifierOf(connecting.masterKey, state),
    {
      state,
      redirect_uri: redirectUriOf(services, provider),
      ...(provider === 'gmail'
        ? toGoogle(scopes, again?.account)
        : // what an account does not offer HubSpot leaves out of the second, and fails on in the first
          { scope: 'oauth', optional_scope: scopes.join(' ') }),
    },
  )
  ctx.set('refresh', `0;url=${url}`)
  const visit = await visitOf(services, ctx, session)
  return sendPage(ctx, renderLeavingPage(provider, { url, abilities, visit }))
}

/**
 * `consent`: without it Google gives no second refresh token to an application that had one. What she allowed before is included
 * only when she adds to it: a new connection asks for what she ticked and no more.
 */
function toGoogle(scopes: readonly string[], account: string | undefined): Record<string, string> {
  return {
    scope: scopes.join(' '),
    access_type: 'offline',
    ...(account === undefined
      ? { prompt: 'select_account consent' }
      : { prompt: 'consent', login_hint: account, include_granted_scopes: 'true' }),
  }
}

async function comeBack(
  services: ConsoleServices,
  ctx: Context,
  provider: OAuthProvider,
): Promise<void> {
  const session = await findSession(services, ctx)
  if (!session) {
    throw new PageRefusal(
      403,
      'You are signed out',
      'Nothing was connected. Sign in, then connect the account again from the start.',
    )
  }
  const parameters = new URLSearchParams(ctx.querystring)
  const state = parameters.get('state') ?? ''
  const { db, log, connecting } = services.options
  const journey = await endJourney(db, {
    state: state.slice(0, 100),
    sessionHash: session.idHash,
    provider,
    now: services.now(),
  })
  const fail = (code: ProblemCode, cause?: Error): Promise<void> => {
    const { buyerId } = session
    const error = cause && { error: cause.message }
    log({ event: 'account_not_connected', provider, buyerId, reason: code, ...error })
    return sendProblem(services, ctx, { session, provider, code, wayBack: journey?.wayBack })
  }
  if (journey === undefined) return fail('unknown_journey')
  try {
    const consented = await exchangeCode({
      server: authorizationServerOf(provider, connecting.settings),
      client: requireClient(services, provider),
      parameters,
      state,
      verifier: verifierOf(connecting.masterKey, state),
      redirectUri: redirectUriOf(services, provider),
      scopes: journey.scopes,
    })
    const held = heldAbilities(provider, consented.scopes)
    if (!isEnough(provider, held)) return await fail('nothing_ticked')
    const stored = await keep(services, session, provider, consented)
    log({
      event: 'account_connected',
      connectionId: stored.id,
      provider,
      again: stored.isAgain,
    })
    return seeOther(ctx, arrival(journey, stored, held))
  } catch (error) {
    if (error instanceof AuthorizationError) return fail(error.code, error)
    if (error instanceof ConnectionError) return fail(toProblem(error), error)
    throw error
  }
}

/** without the basis the front could do nothing at all, not even learn whose account it is */
function isEnough(provider: OAuthProvider, held: readonly Ability[]): boolean {
  return provider === 'gmail' ? held.some(({ isBasis }) => isBasis === true) : held.length > 0
}

async function keep(
  { options }: ConsoleServices,
  { buyerId }: ConsoleSession,
  provider: OAuthProvider,
  { accessToken, refreshToken, scopes }: Consented,
): Promise<StoredConnection> {
  const { db, connecting } = options
  const { masterKey, settings } = connecting
  const client = clientOf(provider, settings)
  if (client === undefined) throw new Error(`there is no client of ${provider}`)
  const tried = {
    buyerId,
    accessToken,
    scopes,
    stored: {
      type: 'authorized_user',
      clientId: client.id,
      clientSecret: client.secret.reveal(),
      refreshToken,
    },
  } as const
  return provider === 'gmail'
    ? keepGmail(db, masterKey, settings, tried)
    : keepHubspot(db, masterKey, settings, tried)
}

function arrival(
  { provider, connectionId, scopes, wayBack }: Journey,
  stored: StoredConnection,
  held: readonly Ability[],
): string {
  const missing = heldAbilities(provider, scopes).filter((one) => !held.includes(one))
  return roomPath({
    connected: stored.id,
    again: stored.isAgain ? 'yes' : undefined,
    instead: connectionId !== stored.id ? connectionId : undefined,
    missing: missing.map(({ id }) => id).join('.'),
    back: wayBack,
  })
}

function toProblem({ code }: ConnectionError): ProblemCode {
  return code === 'provider_unreachable' ? 'unreachable' : 'account_unreadable'
}

async function sendProblem(
  services: ConsoleServices,
  ctx: Context,
  {
    session,
    provider,
    code,
    wayBack,
  }: {
    readonly session: ConsoleSession
    readonly provider: OAuthProvider
    readonly code: ProblemCode
    readonly wayBack: string | undefined
  },
): Promise<void> {
  const problem = describeProblem(OWNERS[provider], code)
  const visit = await visitOf(services, ctx, session)
  const room = { path: roomPath({ back: wayBack }) }
  sendPage(ctx, renderProblemPage(problem, visit, room), problem.status)
}

/** the page offers no such form without a client, so this is one that was open while the operator took it away */
function requireClient({ options }: ConsoleServices, provider: OAuthProvider): OAuthClient {
  const client = clientOf(provider, options.connecting.settings)
  if (client !== undefined) return client
  const { name } = OWNERS[provider]
  throw new PageRefusal(
    409,
    `This server is not registered with ${name}`,
    'Nothing was connected. Ask whoever runs this server.',
  )
}
