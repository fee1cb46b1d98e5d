import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { InteractionResults } from 'oidc-provider'
import { CapabilityError, describeAbsent } from '../../../capabilities/index.ts'
import { createConsentGrant } from '../../authority/consent.ts'
import { Fronts } from '../../authority/fronts.ts'
import { grantSecondsDefault } from '../../authority/options.ts'
import { readProposal } from '../../authority/proposal.ts'
import { signInScript } from '../assets.ts'
import { readForm, type Form } from '../form.ts'
import { letScriptRun } from '../live-page.ts'
import { toRequestOptions } from '../people/passkey-options.ts'
import { readerOf } from '../reader.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import { findSession, startSession } from '../sign-in.ts'
import { renderSignInPage } from '../sign-in-page.ts'
import { checkAnySignIn } from '../sign-in-passkey.ts'
import type { Account } from './accounts.ts'
import { nameOf, toAskingAgent } from './agent.ts'
import { readChoice, type Choice, type ChoiceResult, type Problems } from './choice.ts'
import { renderConsentPage } from './consent-page.ts'
import {
  asOwn,
  assertSameBuyer,
  findOwnRequest,
  findRequest,
  mustSignInAgain,
  staleForm,
  type OwnRequest,
  type PendingRequest,
} from './request.ts'
import { toRows } from './rows.ts'

/** where oidc-provider sends the buyer's browser while an agent's request waits for a sign-in or a decision */
export function addConsentRoom(router: Router, services: ConsoleServices): void {
  const fronts = new Fronts(services.options.fronts)
  const { log } = services.options

  router.get('/consent/:uid', async (ctx) => {
    const request = await findRequest(services, ctx)
    const { interaction } = request
    const session = await findSession(services, ctx)
    if (!session) return showSignIn(services, ctx, request, { email: '' })
    if (interaction.prompt.name !== 'login') {
      return showConsent(services, fronts, ctx, asOwn(request, session))
    }
    if (mustSignInAgain(interaction)) {
      return showSignIn(services, ctx, request, { email: session.email })
    }
    return finish(services, ctx, { login: { accountId: session.buyerId } })
  })

  router.post('/consent/:uid/login', async (ctx) => {
    const form = await readForm(ctx.req)
    const request = await findRequest(services, ctx)
    const { uid, prompt } = request.interaction
    const binding = { form: 'consent-sign-in', interaction: uid } as const
    if (!services.tokens.accepts(form.get('form_token'), binding)) throw staleForm()
    const asked = { for: 'consent-sign-in', interaction: uid } as const
    const result = await checkAnySignIn(services, ctx, form, asked)
    if (!result.ok) return showSignIn(services, ctx, request, result)
    // before a session starts: nobody is left signed in by a refused step
    assertSameBuyer(request.interaction, result.buyerId)
    await startSession(services, ctx, result.buyerId, form)
    if (prompt.name !== 'login') return seeOther(ctx, `/consent/${uid}`)
    const login = { accountId: result.buyerId, amr: [...result.amr] }
    return finish(services, ctx, { login })
  })

  router.post('/consent/:uid/confirm', async (ctx) => {
    const form = await readForm(ctx.req)
    const request = await findOwnRequest(services, ctx, form)
    const result = await decide(services, fronts, request, form)
    if (!result.ok) {
      const again = { entered: form, problems: result.problems }
      return showConsent(services, fronts, ctx, request, again)
    }
    const { clientId } = request.client
    log({ event: 'consent', outcome: 'granted', clientId, grantId: result.grantId })
    return finish(services, ctx, { consent: { grantId: result.grantId } })
  })

  router.post('/consent/:uid/abort', async (ctx) => {
    const { client } = await findOwnRequest(services, ctx, await readForm(ctx.req))
    log({ event: 'consent', outcome: 'refused', clientId: client.clientId })
    const refusal = { error: 'access_denied', error_description: 'the buyer refused' }
    return finish(services, ctx, refusal)
  })
}

type Decided =
  | { readonly ok: true; readonly grantId: string }
  | { readonly ok: false; readonly problems: Problems }

async function decide(
  services: ConsoleServices,
  fronts: Fronts,
  { interaction, session }: OwnRequest,
  form: Form,
): Promise<Decided> {
  const accounts = await findAccounts(services, session.buyerId)
  const result: ChoiceResult = readChoice(form, {
    requested: readProposal(fronts, interaction.params),
    accounts,
    now: services.now(),
    latestExpiry: latestExpiryOf(services),
    tokenLifetimes: services.tokenLifetimes,
  })
  if (!result.ok) return result
  return grant(services, fronts, interaction, result.choice)
}

/** the choice is held against the request once more, by the code that makes every grant */
async function grant(
  { options: { provider, db } }: ConsoleServices,
  fronts: Fronts,
  interaction: OwnRequest['interaction'],
  choice: Choice,
): Promise<Decided> {
  try {
    const grantId = await createConsentGrant({ provider, db, fronts, interaction, ...choice })
    return { ok: true, grantId }
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error
    return { ok: false, problems: new Map([['form', `Nothing was allowed: ${error.message}.`]]) }
  }
}

async function finish(
  { options }: ConsoleServices,
  ctx: RouterContext,
  result: InteractionResults,
): Promise<void> {
  seeOther(ctx, await options.provider.interactionResult(ctx.req, ctx.res, result))
}

async function showSignIn(
  services: ConsoleServices,
  ctx: RouterContext,
  { interaction, client }: PendingRequest,
  view: { email: string; problem?: string; status?: number },
): Promise<void> {
  const { challenges, relyingParty } = services
  const asked = { for: 'consent-sign-in', interaction: interaction.uid } as const
  const page = renderSignInPage({
    action: `/consent/${interaction.uid}/login`,
    page: `/consent/${interaction.uid}`,
    formToken: services.tokens.issue({ form: 'consent-sign-in', interaction: interaction.uid }),
    email: view.email,
    problem: view.problem,
    waitingAgent: nameOf(toAskingAgent(client, interaction.params)),
    passkey:
      relyingParty && toRequestOptions(relyingParty, await challenges.issue(asked, services.now())),
  })
  letScriptRun(services, ctx, { script: signInScript })
  sendPage(ctx, page, view.status)
}

async function showConsent(
  services: ConsoleServices,
  fronts: Fronts,
  ctx: RouterContext,
  { interaction, client, session }: OwnRequest,
  again?: { entered: Form; problems: Problems },
): Promise<void> {
  const requested = readProposal(fronts, interaction.params)
  const binding = {
    form: 'consent',
    interaction: interaction.uid,
    session: session.idHash,
  } as const
  const page = renderConsentPage({
    uid: interaction.uid,
    formToken: services.tokens.issue(binding),
    email: session.email,
    reader: readerOf(session.reads, ctx.headers),
    agent: toAskingAgent(client, interaction.params),
    rows: toRows(requested),
    absent: describeAbsent(requested),
    accounts: await findAccounts(services, session.buyerId),
    today: new Date(services.now()),
    latestExpiry: new Date(latestExpiryOf(services)),
    tokenLifetimes: services.tokenLifetimes,
    entered: again?.entered,
    problems: again?.problems ?? new Map(),
  })
  sendPage(ctx, page, again ? 422 : 200)
}

async function findAccounts({ options }: ConsoleServices, buyerId: string): Promise<Account[]> {
  return options.db
    .selectFrom('connections')
    .select(['id', 'provider', 'account'])
    .where('buyer_id', '=', buyerId)
    .orderBy('account')
    .execute()
}

function latestExpiryOf(services: ConsoleServices): number {
  return services.now() + grantSecondsDefault * 1000
}
