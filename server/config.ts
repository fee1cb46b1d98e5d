import { z } from 'zod'
import { tokenSecondsMaxDefault } from './authority/token-lifetime.ts'
import { closestName } from './closest-name.ts'
import type { MailSettings } from './notifications/mail-delivery.ts'
import { mailFrom, smtpUrl, webhookSecret, webhookUrl } from './notifications/settings.ts'
import type { WebhookSettings } from './notifications/webhook-delivery.ts'
import { SecretBytes, SecretText } from './secret.ts'

const ROLES = ['authority', 'gmail', 'hubspot', 'stripe'] as const
export type Role = (typeof ROLES)[number]

/** a setting that stops the start; the message is for the operator and names what to change */
export class ConfigError extends Error {
  readonly code = 'invalid_config'
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

export interface Config {
  readonly production: boolean
  /** absent: the embedded database under `dataDir` */
  readonly databaseUrl: SecretText | undefined
  readonly dataDir: string
  readonly roles: readonly Role[]
  /** the address that every role listens on */
  readonly host: string
  readonly authorityPort: number
  readonly gmailPort: number
  readonly hubspotPort: number
  readonly stripePort: number
  /** public origins: what a browser and an agent use */
  readonly issuer: string
  readonly gmailUrl: string
  /** where the front forwards to, and where it asks for access tokens */
  readonly gmailUpstream: string
  readonly gmailTokenUrl: string
  /** this server as Google knows it; absent: nobody connects Gmail in a browser */
  readonly googleClient: OAuthClient | undefined
  readonly googleAuthorizeUrl: string
  /** where a refresh token is withdrawn */
  readonly googleRevokeUrl: string
  readonly hubspotUrl: string
  /** HubSpot's OAuth tokens are asked for there too */
  readonly hubspotUpstream: string
  readonly hubspotClient: OAuthClient | undefined
  readonly hubspotAuthorizeUrl: string
  readonly stripeUrl: string
  readonly stripeUpstream: string
  /** a DPoP proof without a nonce of ours is refused, at the fronts and at the authority */
  readonly dpopNonceRequired: boolean
  /** no access token that the authority gives lasts longer, whatever its grant says */
  readonly accessTokenSecondsMax: number
  /** absent: the generated key in `dataDir` */
  readonly masterKey: SecretBytes | undefined
  /** the ways to tell a buyer that something waits; absent: only the console shows it */
  readonly mail: MailSettings | undefined
  readonly webhook: WebhookSettings | undefined
}

/** this server at a provider: what the operator registered there */
export interface OAuthClient {
  readonly id: string
  readonly secret: SecretText
}

const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'
const GOOGLE_AUTHORIZE_URL = 'https://accounts.google.com/o/oauth2/v2/auth'
const GOOGLE_REVOKE_URL = 'https://oauth2.googleapis.com/revoke'
const HUBSPOT_AUTHORIZE_URL = 'https://app.hubspot.com/oauth/authorize'
const MASTER_KEY_BYTES = 32
/** 32 random bytes have fewer than this many different values about once in 10^20 */
const MASTER_KEY_MIN_DISTINCT = 12

const port = z.coerce
  .number({ error: 'a port is a number from 0 to 65535' })
  .int()
  .min(0)
  .max(65_535)

/** less than a minute would be over before a slow agent has used it */
const tokenSeconds = z.coerce
  .number({ error: 'a number of seconds from 60 to 86400' })
  .int()
  .min(60)
  .max(86_400)

const origin = z.string().transform((text, context) => {
  const url = URL.parse(text)
  const plain = url !== null && url.pathname === '/' && url.search === '' && url.hash === ''
  if (plain && url.username === '' && url.password === '' && /^https?:$/.test(url.protocol)) {
    return url.origin
  }
  context.addIssue('an origin such as https://remit.example: scheme, host and port, nothing else')
  return z.NEVER
})

const endpoint = z.url({ protocol: /^https?$/, error: 'an http or https URL' })

/** RFC 6749 appendix A.1 and A.2, without the blank, which is a slip of copying */
const clientText = z
  .string()
  .regex(/^[\x21-\x7e]{1,512}$/, 'as the provider shows it, without blanks')
const clientSecret = clientText.transform((text) => new SecretText(text))

const roles = z.string().transform((text, context) => {
  const named = [...new Set(text.split(',').map((role) => role.trim()))]
  const known = ROLES.filter((role) => named.includes(role))
  if (known.length === named.length) return known
  context.addIssue(
    `a list of ${ROLES.map((role) => `\`${role}\``).join(', ')}, separated by commas`,
  )
  return z.NEVER
})

const masterKey = z.string().transform((text, context) => {
  const bytes = /^[0-9a-f]{64}$/i.test(text)
    ? Buffer.from(text, 'hex')
    : Buffer.from(text, 'base64')
  if (bytes.length === MASTER_KEY_BYTES && new Set(bytes).size >= MASTER_KEY_MIN_DISTINCT) {
    return new SecretBytes(bytes)
  }
  // the value is not repeated: it may be a good key with a typing error
  context.addIssue('32 random bytes in base64, base64url or hex: `openssl rand -base64 32`')
  return z.NEVER
})

/** every setting: its name, what it accepts and its default */
const settings = {
  NODE_ENV: z.string().default('development'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'a postgres:// URL')
    .transform((url) => new SecretText(url))
    .optional(),
  REMIT_DATA: z.string().default('.remit'),
  REMIT_ROLES: roles.default([...ROLES]),
  REMIT_HOST: z.string().default('127.0.0.1'),
  REMIT_AUTHORITY_PORT: port.default(4000),
  REMIT_GMAIL_PORT: port.default(4001),
  REMIT_HUBSPOT_PORT: port.default(4002),
  REMIT_STRIPE_PORT: port.default(4003),
  REMIT_ISSUER: origin.optional(),
  REMIT_GMAIL_URL: origin.optional(),
  REMIT_GMAIL_UPSTREAM: origin.default('https://gmail.googleapis.com'),
  REMIT_GMAIL_TOKEN_URL: endpoint.optional(),
  REMIT_GOOGLE_CLIENT_ID: clientText.optional(),
  REMIT_GOOGLE_CLIENT_SECRET: clientSecret.optional(),
  REMIT_GOOGLE_AUTHORIZE_URL: endpoint.optional(),
  REMIT_GOOGLE_REVOKE_URL: endpoint.optional(),
  REMIT_HUBSPOT_URL: origin.optional(),
  REMIT_HUBSPOT_UPSTREAM: origin.default('https://api.hubapi.com'),
  REMIT_HUBSPOT_CLIENT_ID: clientText.optional(),
  REMIT_HUBSPOT_CLIENT_SECRET: clientSecret.optional(),
  REMIT_HUBSPOT_AUTHORIZE_URL: endpoint.optional(),
  REMIT_STRIPE_URL: origin.optional(),
  REMIT_STRIPE_UPSTREAM: origin.default('https://api.stripe.com'),
  REMIT_DPOP_NONCE: z
    .enum(['optional', 'required'], { error: '`optional` or `required`' })
    .default('optional'),
  REMIT_TOKEN_SECONDS_MAX: tokenSeconds.default(tokenSecondsMaxDefault),
  REMIT_MASTER_KEY: masterKey.optional(),
  REMIT_SMTP_URL: smtpUrl.optional(),
  REMIT_MAIL_FROM: mailFrom.optional(),
  REMIT_WEBHOOK_URL: webhookUrl.optional(),
  REMIT_WEBHOOK_SECRET: webhookSecret.optional(),
} as const

/** docs/configuration.md is held against these */
export const SETTING_NAMES: readonly string[] = Object.keys(settings)

const PREFIX = 'REMIT_'
const schema = z.object(settings).check(checkTogether)
type Settings = z.output<z.ZodObject<typeof settings>>

/** reads the settings out of an environment; throws a `ConfigError` that lists everything that is wrong */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  // an empty variable is what compose files and CI systems leave where nothing was set
  const given = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== '',
  )
  refuseUnknown(given.map(([name]) => name))
  const parsed = schema.safeParse(Object.fromEntries(given))
  if (!parsed.success) {
    throw new ConfigError(`the settings are not usable:\n${z.prettifyError(parsed.error)}`)
  }
  return Object.freeze(toConfig(parsed.data))
}

/** a mistyped name would silently leave a default in force */
function refuseUnknown(names: readonly string[]): void {
  const unknown = names.filter((name) => name.startsWith(PREFIX) && !SETTING_NAMES.includes(name))
  if (unknown.length === 0) return
  const lines = unknown.map((name) => {
    const meant = closestName(name, SETTING_NAMES)
    return meant === undefined
      ? `\`${name}\` is no setting of this version`
      : `\`${name}\` is no setting: did you mean \`${meant}\`?`
  })
  throw new ConfigError(lines.join('\n'))
}

function checkTogether(context: z.core.ParsePayload<Settings>): void {
  const values = context.value
  const refuse = (name: keyof Settings, message: string): void => {
    context.issues.push({ code: 'custom', input: undefined, path: [name], message })
  }
  if (values.REMIT_AUTHORITY_PORT === 0 && values.REMIT_ISSUER === undefined) {
    refuse('REMIT_ISSUER', 'must be set when the port is chosen by the system')
  }
  if (values.REMIT_GMAIL_PORT === 0 && values.REMIT_GMAIL_URL === undefined) {
    refuse('REMIT_GMAIL_URL', 'must be set when the port is chosen by the system')
  }
  if (values.REMIT_HUBSPOT_PORT === 0 && values.REMIT_HUBSPOT_URL === undefined) {
    refuse('REMIT_HUBSPOT_URL', 'must be set when the port is chosen by the system')
  }
  if (values.REMIT_STRIPE_PORT === 0 && values.REMIT_STRIPE_URL === undefined) {
    refuse('REMIT_STRIPE_URL', 'must be set when the port is chosen by the system')
  }
  for (const [one, other] of GO_TOGETHER) {
    if ((values[one] === undefined) === (values[other] === undefined)) continue
    const [missing, given] = values[one] === undefined ? [one, other] : [other, one]
    refuse(missing, `must be set when ${given} is`)
  }
  if (values.NODE_ENV === 'production') checkProduction(values, refuse)
}

const GO_TOGETHER = [
  ['REMIT_GOOGLE_CLIENT_ID', 'REMIT_GOOGLE_CLIENT_SECRET'],
  ['REMIT_HUBSPOT_CLIENT_ID', 'REMIT_HUBSPOT_CLIENT_SECRET'],
  ['REMIT_SMTP_URL', 'REMIT_MAIL_FROM'],
  ['REMIT_WEBHOOK_URL', 'REMIT_WEBHOOK_SECRET'],
] as const

/** what is comfortable on one machine and wrong in production stops the start there */
function checkProduction(
  values: Settings,
  refuse: (name: keyof Settings, message: string) => void,
): void {
  if (values.DATABASE_URL === undefined) {
    refuse(
      'DATABASE_URL',
      'is required in production: the embedded database serves one process on one machine',
    )
  }
  if (values.REMIT_MASTER_KEY === undefined) {
    refuse('REMIT_MASTER_KEY', 'is required in production: `openssl rand -base64 32`')
  }
  for (const name of ENCRYPTED_IN_PRODUCTION) {
    const url = values[name]
    if (url !== undefined && !isPrivate(url)) refuse(name, 'must be https in production')
  }
}

const ENCRYPTED_IN_PRODUCTION = [
  'REMIT_ISSUER',
  'REMIT_GMAIL_URL',
  'REMIT_GMAIL_UPSTREAM',
  'REMIT_GMAIL_TOKEN_URL',
  'REMIT_GOOGLE_AUTHORIZE_URL',
  'REMIT_GOOGLE_REVOKE_URL',
  'REMIT_HUBSPOT_URL',
  'REMIT_HUBSPOT_UPSTREAM',
  'REMIT_HUBSPOT_AUTHORIZE_URL',
  'REMIT_STRIPE_URL',
  'REMIT_STRIPE_UPSTREAM',
] as const

/** tokens and credentials travel there */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
}

function toConfig(values: Settings): Config {
  const {
    REMIT_AUTHORITY_PORT: authorityPort,
    REMIT_GMAIL_PORT: gmailPort,
    REMIT_HUBSPOT_PORT: hubspotPort,
    REMIT_STRIPE_PORT: stripePort,
  } = values
  return {
    production: values.NODE_ENV === 'production',
    databaseUrl: values.DATABASE_URL,
    dataDir: values.REMIT_DATA,
    roles: values.REMIT_ROLES,
    host: values.REMIT_HOST,
    authorityPort,
    gmailPort,
    hubspotPort,
    stripePort,
    issuer: values.REMIT_ISSUER ?? `http://127.0.0.1:${authorityPort}`,
    gmailUrl: values.REMIT_GMAIL_URL ?? `http://127.0.0.1:${gmailPort}`,
    gmailUpstream: values.REMIT_GMAIL_UPSTREAM,
    gmailTokenUrl: values.REMIT_GMAIL_TOKEN_URL ?? besideGmail(values, GOOGLE_TOKEN_URL, '/token'),
    googleClient: toClient(values.REMIT_GOOGLE_CLIENT_ID, values.REMIT_GOOGLE_CLIENT_SECRET),
    googleAuthorizeUrl:
      values.REMIT_GOOGLE_AUTHORIZE_URL ??
      besideGmail(values, GOOGLE_AUTHORIZE_URL, '/o/oauth2/v2/auth'),
    googleRevokeUrl:
      values.REMIT_GOOGLE_REVOKE_URL ?? besideGmail(values, GOOGLE_REVOKE_URL, '/revoke'),
    hubspotUrl: values.REMIT_HUBSPOT_URL ?? `http://127.0.0.1:${hubspotPort}`,
    hubspotUpstream: values.REMIT_HUBSPOT_UPSTREAM,
    hubspotClient: toClient(values.REMIT_HUBSPOT_CLIENT_ID, values.REMIT_HUBSPOT_CLIENT_SECRET),
    hubspotAuthorizeUrl:
      values.REMIT_HUBSPOT_AUTHORIZE_URL ??
      (values.REMIT_HUBSPOT_UPSTREAM === settings.REMIT_HUBSPOT_UPSTREAM.parse(undefined)
        ? HUBSPOT_AUTHORIZE_URL
        : `${values.REMIT_HUBSPOT_UPSTREAM}/oauth/authorize`),
    stripeUrl: values.REMIT_STRIPE_URL ?? `http://127.0.0.1:${stripePort}`,
    stripeUpstream: values.REMIT_STRIPE_UPSTREAM,
    dpopNonceRequired: values.REMIT_DPOP_NONCE === 'required',
    accessTokenSecondsMax: values.REMIT_TOKEN_SECONDS_MAX,
    masterKey: values.REMIT_MASTER_KEY,
    mail: toMail(values),
    webhook: toWebhook(values),
  }
}

function toMail({ REMIT_SMTP_URL: url, REMIT_MAIL_FROM: from }: Settings): Config['mail'] {
  return url !== undefined && from !== undefined ? { url, from } : undefined
}

function toWebhook({
  REMIT_WEBHOOK_URL: url,
  REMIT_WEBHOOK_SECRET: secret,
}: Settings): Config['webhook'] {
  return url !== undefined && secret !== undefined ? { url, secret } : undefined
}

function toClient(id: string | undefined, secret: SecretText | undefined): OAuthClient | undefined {
  return id !== undefined && secret !== undefined ? { id, secret } : undefined
}

/** a stand-in for Gmail answers for Google's OAuth endpoints too: a test must never reach the real ones */
function besideGmail(values: Settings, real: string, path: string): string {
  const upstream = values.REMIT_GMAIL_UPSTREAM
  return upstream === settings.REMIT_GMAIL_UPSTREAM.parse(undefined) ? real : `${upstream}${path}`
}
