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
import { PageRefusal } from '../refusal.ts'
import { revokeGrant } from '../../state/revoke.ts'
import { seeOther, sendPage } from '../respond.ts'
import type { ConsoleServices } from '../services.ts'
import { isSurelyBuyer } from '../step-up.ts'
import { findSession, startSession } from '../sign-in.ts'
import { renderSignInPage } from '../sign-in-page.ts'
import { checkAnySignIn } from '../sign-in-passkey.ts'
import { chosenAccount, type Account } from './accounts.ts'
import { nameOf, toAskingAgent } from './agent.ts'
import { readChoice, type Choice, type ChoiceResult } from './choice.ts'
import { findClientOrigin } from './client-origin.ts'
import { renderConsentPage } from './consent-page.ts'
import { compareRows, coversEarlier } from './difference.ts'
import { findEarlier, type EarlierGrant } from './earlier.ts'
import { applyPreset, PRESETS, presetsFor, type Preset } from './presets.ts'
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
import type { Problems } from './tighten.ts'

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
    const show = (problems: Problems): Promise<void> =>
      showConsent(services, fronts, ctx, request, { entered: form, problems })
    const read = await readDecision(services, fronts, ctx, request, form)
    if (!read.ok) return show(read.problems)
    // last: who is asked for a password knows that the choice stands
    const why = 'This lets an agent work in your name.'
    if (!(await isSurelyBuyer(services, ctx, { form, session: request.session }, why))) return
    const result = await decide(services, fronts, request, read.choice)
    if (!result.ok) return show(result.problems)
    const { clientId } = request.client
    log({ event: 'consent', outcome: 'granted', clientId, grantId: result.grantId })
    return finish(services, ctx, { consent: { grantId: result.grantId } })
  })

  // shows what it did, and grants nothing: the buyer looks at it and allows it herself
  router.post('/consent/:uid/preset', async (ctx) => {
    const form = await readForm(ctx.req)
    const request = await findOwnRequest(services, ctx, form)
    const preset = PRESETS.find(({ name }) => name === form.get('preset'))
    if (!preset) {
      const advice = 'Go back and choose one of those that are offered.'
      throw new PageRefusal(404, 'There is no such preset', `Nothing was allowed. ${advice}`)
    }
    const rows = toRows(readProposal(fronts, request.interaction.params))
    const isOfRow = (field: string): boolean => rows.some(({ id }) => field.startsWith(id))
    const terms = [...form].filter(([field]) => !isOfRow(field))
    const reader = readerOf(request.session.reads, ctx.headers)
    const entered = new Map([...terms, ...applyPreset(preset, rows, reader)])
    return showConsent(services, fronts, ctx, request, { entered, problems: new Map(), preset })
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

async function readDecision(
  services: ConsoleServices,
  fronts: Fronts,
  ctx: RouterContext,
  { interaction, session }: OwnRequest,
  form: Form,
): Promise<ChoiceResult> {
  return readChoice(form, {
    requested: readProposal(fronts, interaction.params),
    accounts: await findAccounts(services, session.buyerId),
    now: services.now(),
    latestExpiry: latestExpiryOf(services),
    tokenLifetimes: services.tokenLifetimes,
    reader: readerOf(session.reads, ctx.headers),
  })
}

async function decide(
  services: ConsoleServices,
  fronts: Fronts,
  request: OwnRequest,
  choice: Choice,
): Promise<Decided> {
  const earlier = await findEarlierOf(services, request)
  const decided = await grant(services, fronts, request.interaction, choice)
  if (decided.ok) await endEarlier(services, earlier, choice)
  return decided
}

/**
 * INVARIANT: ends only what the page showed and is the buyer's own for this client, and only once the new grant stands: whatever
 * fails in between leaves her with what she had.
 */
async function endEarlier(
  { options: { db, log } }: ConsoleServices,
  earlier: readonly EarlierGrant[],
  { endsEarlier }: Choice,
): Promise<void> {
  for (const { id } of earlier.filter((one) => endsEarlier.includes(one.id))) {
    const tokens = await revokeGrant(db, id, 'replaced by the buyer')
    log({ event: 'grant_revoked', grantId: id, tokens })
  }
}

async function findEarlierOf(
  services: ConsoleServices,
  { client: { clientId }, session: { buyerId } }: OwnRequest,
): Promise<EarlierGrant[]> {
  return findEarlier(services.options.db, { buyerId, clientId, now: services.now() })
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
      relyingParty && toRequestOptions(relyingParty, challenges.issue(asked, services.now())),
  })
  letScriptRun(services, ctx, { script: signInScript })
  sendPage(ctx, page, view.status)
}

async function showConsent(
  services: ConsoleServices,
  fronts: Fronts,
  ctx: RouterContext,
  request: OwnRequest,
  again?: { entered: Form; problems: Problems; preset?: Preset },
): Promise<void> {
  const { interaction, client, session } = request
  const requested = readProposal(fronts, interaction.params)
  const rows = toRows(requested)
  const reader = readerOf(session.reads, ctx.headers)
  const earlier = await findEarlierOf(services, request)
  const accounts = await findAccounts(services, session.buyerId)
  const binding = {
    form: 'consent',
    interaction: interaction.uid,
    session: session.idHash,
  } as const
  const page = renderConsentPage({
    uid: interaction.uid,
    formToken: services.tokens.issue(binding),
    email: session.email,
    reader,
    agent: {
      ...toAskingAgent(client, interaction.params),
      origin: await findClientOrigin(services.options.db, client, session.buyerId),
    },
    earlier,
    differences: compareRows(rows, earlier, (kind) =>
      chosenAccount(kind, { accounts, earlier, entered: again?.entered }),
    ),
    hadOwnKey: earlier.length > 0 && earlier.every(({ dpopBound }) => dpopBound),
    coversEarlier: coversEarlier(requested, earlier) && hasOneAccountEach(earlier, accounts),
    presets: presetsFor(rows, reader),
    preset: again?.preset,
    rows,
    absent: describeAbsent(requested),
    accounts,
    today: new Date(services.now()),
    latestExpiry: new Date(latestExpiryOf(services)),
    tokenLifetimes: services.tokenLifetimes,
    entered: again?.entered,
    problems: again?.problems ?? new Map(),
  })
  sendPage(ctx, page, again && again.problems.size > 0 ? 422 : 200)
}

/** what she chose then is what stands first now; of two earlier accounts only one can be that */
function hasOneAccountEach(
  earlier: readonly EarlierGrant[],
  accounts: readonly Account[],
): boolean {
  const used = new Set(earlier.flatMap(({ connections }) => Object.values(connections)))
  const kinds = accounts.filter(({ id }) => used.has(id)).map(({ provider }) => provider)
  return kinds.length === used.size && new Set(kinds).size === kinds.length
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
