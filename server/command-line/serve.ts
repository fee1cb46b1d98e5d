import { once } from 'node:events'
import type { Kysely } from 'kysely'
import { loadConfig, type Config } from '../config.ts'
import { toRelyingParty } from '../console/people/relying-party.ts'
import { createWelcomeLink } from '../console/people/welcome-links.ts'
import { DirectoryLockedError } from '../database/directory-lock.ts'
import type { Database } from '../database/schema.ts'
import { createLog } from '../log.ts'
import { describeNotifications } from '../notifications/describe.ts'
import { startRemit, type RunningRemit } from '../start.ts'
import { CommandError, parseArguments, type Command } from './command.ts'

export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve',
  summary: 'runs the roles of this configuration until it is told to stop',
  async run(args, context) {
    parseArguments(args, {})
    const config = loadConfig(context.env)
    const log = createLog(context.note)
    {
      await using running = await start(config, log)
      for (const line of await firstSteps(config, running)) context.print(line)
      if (!context.stop.aborted) await once(context.stop, 'abort')
      log({ event: 'stopping', signal: undefined })
    }
    log({ event: 'stopped' })
    return 0
  },
}

async function start(config: Config, log: ReturnType<typeof createLog>): Promise<RunningRemit> {
  try {
    return await startRemit(config, log)
  } catch (error) {
    if (error instanceof DirectoryLockedError) throw new CommandError(error.message)
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EADDRINUSE') {
      throw new CommandError(
        `${(error as Error).message}: another process has the port; REMIT_AUTHORITY_PORT, REMIT_GMAIL_PORT, REMIT_HUBSPOT_PORT and REMIT_STRIPE_PORT choose others`,
      )
    }
    throw error
  }
}

/** what the person at the terminal should know and do next */
async function firstSteps(
  config: Config,
  { foundation, addresses }: RunningRemit,
): Promise<string[]> {
  const { db } = foundation.database
  const buyer = await db.selectFrom('buyers').select('email').limit(1).executeTakeFirst()
  const connection = await db.selectFrom('connections').select('id').limit(1).executeTakeFirst()
  const lines = ['Remit is running.', '']
  if (addresses.authority !== undefined) {
    lines.push(`  console and issuer   ${config.issuer}/`)
    if (config.issuer !== addresses.authority)
      lines.push(`                       listening on ${addresses.authority}`)
  }
  if (addresses.gmail !== undefined) {
    lines.push(`  Gmail front          ${config.gmailUrl}  (to ${config.gmailUpstream})`)
  }
  if (addresses.hubspot !== undefined) {
    lines.push(`  HubSpot front        ${config.hubspotUrl}  (to ${config.hubspotUpstream})`)
  }
  if (addresses.stripe !== undefined) {
    lines.push(`  Stripe front         ${config.stripeUrl}  (to ${config.stripeUpstream})`)
  }
  lines.push(
    foundation.database.kind === 'embedded'
      ? `  database             embedded, under ${config.dataDir}`
      : '  database             PostgreSQL',
  )
  if (addresses.authority !== undefined) {
    lines.push(...notificationLines(config))
    if (toRelyingParty(config.issuer) === undefined) {
      lines.push(
        '  passkeys             none: browsers make them for a name, such as http://localhost:4000, not for a number',
        '                       (REMIT_ISSUER)',
      )
    }
  }
  lines.push('')
  if (!buyer) lines.push(...(await firstBuyerLines(config, db, addresses.authority)))
  if (!connection) lines.push(...connectingLines(config, buyer?.email ?? 'you@example.com'))
  if (buyer && connection) {
    lines.push(
      `Agents send their authorization requests to ${config.issuer}; buyers sign in at ${config.issuer}/`,
    )
  }
  return lines
}

/** only where there is a console to open it in; each start ends the link of the one before */
async function firstBuyerLines(
  { issuer }: Config,
  db: Kysely<Database>,
  authority: string | undefined,
): Promise<string[]> {
  if (authority === undefined) {
    return ['Still missing: a buyer. The process that runs the console says how to make the first.']
  }
  return [
    'Still missing: a buyer. Open this link in a browser to make the first account. It works once, for a day:',
    `  ${await createWelcomeLink(db, issuer, { for: 'first' })}`,
  ]
}

/** any of them will do to begin with */
function connectingLines({ googleClient, issuer }: Config, email: string): string[] {
  return [
    'Still missing: a connected account, of Gmail, HubSpot or Stripe. Its buyer connects it in the console, under Accounts.',
    ...(googleClient === undefined
      ? [
          'For Gmail by “Connect with Google” there, make an OAuth client at Google (type "Web application", Gmail API on) with',
          `the redirect URI ${issuer}/connections/gmail/callback, and set REMIT_GOOGLE_CLIENT_ID and _SECRET.`,
        ]
      : []),
    'From here, without a browser:',
    'Gmail: make an OAuth client at Google (type "Desktop app", Gmail API on), get a refresh token for it with the',
    'scopes gmail.readonly and gmail.send, and save it as',
    '  {"type":"authorized_user","client_id":"…","client_secret":"…","refresh_token":"…"}',
    'and then:',
    `  npm run remit -- connect gmail --buyer ${email} --credential-file google.json`,
    'HubSpot: make a private app (or an OAuth app with a refresh token) with the scopes that your agents are to work with,',
    'save its access token, and then:',
    `  npm run remit -- connect hubspot --buyer ${email} --credential-file hubspot-token.txt`,
    'Stripe: make a restricted key (rk_…) that may read the account, and what your agents are to work with; save it, and then:',
    `  npm run remit -- connect stripe --buyer ${email} --credential-file stripe-key.txt`,
  ]
}

function notificationLines(config: Config): string[] {
  return describeNotifications(config).map(
    (line, index) => `  ${(index === 0 ? 'notifications' : '').padEnd(21)}${line}`,
  )
}
