import { consentAt, type Choice } from '../../fakes/consent-screen.ts'
import { startFakeGmail, type FakeGmail } from '../../fakes/gmail/index.ts'
import { startFakeHubspot, type FakeHubspot } from '../../fakes/hubspot/index.ts'
import { startFakeStripe, type FakeStripe } from '../../fakes/stripe/index.ts'
import { fieldsOf, type Browser, type Page } from './browser.ts'
import { startConsole, type TestConsole } from './setup.ts'

export interface ConnectionsDesk extends AsyncDisposable {
  readonly remit: TestConsole
  readonly gmail: FakeGmail
  readonly hubspot: FakeHubspot
  readonly stripe: FakeStripe
  /** every secret that went through the stand-ins so far */
  secrets(): string[]
  connections(): Promise<ConnectionRow[]>
}

interface ConnectionRow {
  readonly id: string
  readonly buyer_id: string
  readonly provider: string
  readonly account: string
  readonly sealed: string
  readonly status: string
  readonly last_error: string | null
  readonly scopes: string[] | null
  readonly last_used_at: Date | null
}

/** a console that is registered with stand-ins of every provider */
export async function startConnectionsDesk(
  options: { now?: () => number; gmail?: FakeGmail } = {},
): Promise<ConnectionsDesk> {
  const gmail = options.gmail ?? (await startFakeGmail({ seed: 'empty' }))
  const [hubspot, stripe] = [await startFakeHubspot(), await startFakeStripe()]
  const remit = await startConsole({
    ...(options.now && { now: options.now }),
    settings: {
      REMIT_GMAIL_UPSTREAM: gmail.url,
      REMIT_GOOGLE_CLIENT_ID: gmail.tokenEndpoint.clientId,
      REMIT_GOOGLE_CLIENT_SECRET: gmail.tokenEndpoint.clientSecret,
      REMIT_HUBSPOT_UPSTREAM: hubspot.url,
      REMIT_HUBSPOT_CLIENT_ID: hubspot.tokenEndpoint.clientId,
      REMIT_HUBSPOT_CLIENT_SECRET: hubspot.tokenEndpoint.clientSecret,
      REMIT_STRIPE_UPSTREAM: stripe.url,
    },
  })
  gmail.tokenEndpoint.consent.redirectUris.add(`${remit.origin}/connections/gmail/callback`)
  hubspot.tokenEndpoint.consent.redirectUris.add(`${remit.origin}/connections/hubspot/callback`)
  return {
    remit,
    gmail,
    hubspot,
    stripe,
    secrets: () => [
      stripe.apiKey,
      hubspot.accessToken,
      gmail.tokenEndpoint.clientSecret,
      hubspot.tokenEndpoint.clientSecret,
      ...gmail.tokenEndpoint.refreshTokens,
      ...gmail.accessTokens,
      ...[...gmail.tokenEndpoint.requests, ...hubspot.tokenEndpoint.requests].flatMap(({ body }) =>
        ['code', 'code_verifier', 'refresh_token'].flatMap(
          (name) => new URLSearchParams(body).get(name) ?? [],
        ),
      ),
    ],
    connections: () =>
      remit.database.db
        .selectFrom('connections')
        .select([
          'id',
          'buyer_id',
          'provider',
          'account',
          'sealed',
          'status',
          'last_error',
          'scopes',
          'last_used_at',
        ])
        .orderBy('account')
        .execute(),
    [Symbol.asyncDispose]: async () => {
      await remit.close()
      await Promise.all([gmail.close(), hubspot.close(), stripe.close()])
    },
  }
}

/** posts the form that connects, and answers where the provider's page is */
export async function leaveFor(
  browser: Browser,
  provider: 'gmail' | 'hubspot',
  {
    tick = [],
    again,
    path = '/connections',
  }: { tick?: readonly string[]; again?: string; path?: string } = {},
): Promise<string> {
  const action = `/connections/${provider}/connect`
  const fields = fieldsOf(formsAbout(await browser.get(path), again), action)
  for (const one of tick) fields[`can.${one}`] = 'on'
  return linkOf(await browser.post(action, fields))
}

export function linkOf(page: Page): string {
  const link = /<a class="button primary" href="([^"]+)"/u.exec(page.text)?.[1]
  if (page.status !== 200 || link === undefined) {
    throw new Error(`no way on: ${page.status} ${page.text}`)
  }
  return link.replaceAll('&amp;', '&')
}

/** the whole way: the form, the provider's page, and back to the room */
export async function connectBy(
  browser: Browser,
  provider: 'gmail' | 'hubspot',
  options: Choice & { tick?: readonly string[]; again?: string; path?: string } = {},
): Promise<Page> {
  const back = await consentAt(await leaveFor(browser, provider, options), options)
  return browser.follow(await browser.get(back))
}

/** a page with the forms of one card alone, or of what is no card */
export function formsAbout(page: Page, connectionId: string | undefined): Page {
  const cards = /<article class="card account" id="([^"]+)".*?<\/article>/gsu
  if (connectionId === undefined) return { ...page, text: page.text.replaceAll(cards, '') }
  const card = [...page.text.matchAll(cards)].find(([, id]) => id === connectionId)
  if (!card) throw new Error(`no card of ${connectionId}`)
  return { ...page, text: card[0] }
}

export async function act(
  browser: Browser,
  connectionId: string,
  what: 'check' | 'disconnect',
): Promise<Page> {
  const action = `/connections/${connectionId}/${what}`
  const page = await browser.get('/connections')
  return browser.follow(await browser.post(action, fieldsOf(page, action)))
}

export async function paste(
  browser: Browser,
  provider: 'hubspot' | 'stripe',
  secret: string,
  again?: string,
): Promise<Page> {
  const action = `/connections/${provider}/paste`
  const fields = fieldsOf(formsAbout(await browser.get('/connections'), again), action)
  return browser.follow(await browser.post(action, { ...fields, secret }))
}
