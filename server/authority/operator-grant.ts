import type { Kysely, Transaction } from 'kysely'
import type { Capability } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import { newGrantId } from './consent.ts'
import { Fronts, type Front } from './fronts.ts'
import { mintFrontToken } from './mint.ts'
import type { AuthorityKeys } from './options.ts'
import { tokenExchange } from './token-exchange.ts'

export interface OperatorGrantRequest {
  readonly db: Kysely<Database>
  readonly keys: Pick<AuthorityKeys, 'currentRoot'>
  readonly fronts: readonly Front[]
  readonly buyerId: string
  readonly clientId: string
  /** as `parseCapabilities` returns them */
  readonly capabilities: readonly Capability[]
  readonly ttlSeconds: number
  /** of each token of the grant, these ones and those they are exchanged for; left out: these last as long as the grant */
  readonly tokenSeconds?: number | undefined
  /** RFC 7638 thumbprint of the agent's key: the tokens are bound to it, and the grant has no others */
  readonly keyThumbprint?: string | undefined
  /** that key itself, if it is Ed25519: its holder can delegate the tokens offline */
  readonly delegationKey?: Uint8Array | undefined
  /** provider -> connection id; a provider left out gets the buyer's only connection of that kind */
  readonly connections?: Readonly<Record<string, string>>
  /** that many independent grants at once */
  readonly count?: number
}

export interface OperatorGrant {
  readonly grantId: string
  /** one token per front that a capability is for */
  readonly tokens: Readonly<Partial<Record<Front['provider'], string>>>
}

/** what an operator asked for cannot be granted */
export class OperatorGrantError extends Error {
  readonly code:
    'unknown_buyer' | 'no_connection' | 'ambiguous_connection' | 'no_front' | 'invalid_request'
  constructor(code: OperatorGrantError['code'], message: string) {
    super(message)
    this.name = 'OperatorGrantError'
    this.code = code
  }
}

/** RFC 6749 appendix A.1, without the space */
const clientIdPattern = /^[\x21-\x7e]{1,512}$/

/** SHA-256 in base64url */
const thumbprintPattern = /^[A-Za-z0-9_-]{43}$/

/** rows per statement: PostgreSQL takes 65,535 parameters */
const batchSize = 1_000

/**
 * Grants without a browser, for whoever holds the master key. The rows are those that a consent and a code would have left, so
 * introspection, revocation and token exchange work on the tokens as on any other.
 */
export async function mintForOperator(request: OperatorGrantRequest): Promise<OperatorGrant[]> {
  const { db, ttlSeconds, tokenSeconds, count = 1 } = request
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1)
    refuse('invalid_request', 'a grant lasts at least one second')
  if (tokenSeconds !== undefined && !(Number.isSafeInteger(tokenSeconds) && tokenSeconds >= 1))
    refuse('invalid_request', 'a token lasts at least one second')
  if (tokenSeconds !== undefined && tokenSeconds > ttlSeconds)
    refuse('invalid_request', 'a token does not outlive its grant: ask for a shorter one')
  if (!Number.isSafeInteger(count) || count < 1) refuse('invalid_request', 'at least one grant')
  if (!clientIdPattern.test(request.clientId)) {
    refuse('invalid_request', 'an agent is named by 1 to 512 visible ASCII characters')
  }
  if (request.keyThumbprint !== undefined && !thumbprintPattern.test(request.keyThumbprint)) {
    refuse(
      'invalid_request',
      'a key is named by its RFC 7638 thumbprint: 43 characters of base64url',
    )
  }
  const fronts = new Fronts(request.fronts)
  const capabilities = request.capabilities.map((capability) => locate(fronts, capability))
  await assertBuyer(db, request.buyerId)
  const used = fronts.list.filter(({ provider }) =>
    capabilities.some(({ type }) => type === provider),
  )
  const connections = await findConnections(request, used)
  const issued: OperatorGrant[] = []
  await db.transaction().execute(async (trx) => {
    await rememberClient(trx, request.clientId)
    while (issued.length < count) {
      const drafts = Array.from({ length: Math.min(batchSize, count - issued.length) }, () =>
        draft({ ...request, capabilities }, used, connections),
      )
      await trx
        .insertInto('grants')
        .values(drafts.map(({ grant }) => grant))
        .execute()
      await trx
        .insertInto('oidc_payloads')
        .values(drafts.flatMap(({ records }) => records))
        .execute()
      for (const { grant, tokens } of drafts) issued.push({ grantId: grant.id, tokens })
    }
  })
  return issued
}

function locate(fronts: Fronts, capability: Capability): Capability {
  const front = fronts.ofType(capability.type)
  if (!front) return refuse('no_front', `this server has no ${capability.type} front`)
  const named = capability.locations
  if (named && !(named.length === 1 && fronts.find(named[0]) === front)) {
    refuse(
      'no_front',
      `locations of a ${capability.type} entry must be left out or be ["${front.resource}"]`,
    )
  }
  return { ...capability, locations: [front.resource] }
}

async function assertBuyer(db: Kysely<Database>, id: string): Promise<void> {
  const row = await db.selectFrom('buyers').select('id').where('id', '=', id).executeTakeFirst()
  if (!row) refuse('unknown_buyer', `there is no buyer \`${id}\`: add one first`)
}

async function findConnections(
  { db, buyerId, connections: named = {} }: OperatorGrantRequest,
  fronts: readonly Front[],
): Promise<Record<string, string>> {
  const rows = await db
    .selectFrom('connections')
    .select(['id', 'provider'])
    .where('buyer_id', '=', buyerId)
    .execute()
  return Object.fromEntries(
    fronts.map(({ provider }) => {
      const mine = rows.filter((row) => row.provider === provider)
      const wanted = named[provider]
      const [row, ...more] = wanted === undefined ? mine : mine.filter(({ id }) => id === wanted)
      if (!row)
        return refuse(
          'no_connection',
          `the buyer has no such ${provider} connection: connect one first`,
        )
      if (more.length > 0)
        return refuse(
          'ambiguous_connection',
          `the buyer has several ${provider} connections: name one`,
        )
      return [provider, row.id]
    }),
  )
}

interface Draft {
  readonly grant: GrantInsert
  readonly records: readonly RecordInsert[]
  readonly tokens: OperatorGrant['tokens']
}
type GrantInsert = ReturnType<typeof toGrantRow>
type RecordInsert = ReturnType<typeof toRecord>

function draft(
  request: OperatorGrantRequest,
  fronts: readonly Front[],
  connections: Record<string, string>,
): Draft {
  const issuedAt = Math.floor(Date.now() / 1000)
  const expiresAt = issuedAt + request.ttlSeconds
  const tokenExpiresAt = issuedAt + (request.tokenSeconds ?? request.ttlSeconds)
  const grant = toGrantRow(request, { issuedAt, expiresAt, connections })
  const minted = fronts.map((front) => ({
    front,
    ...mintFrontToken(request.keys, {
      grantId: grant.id,
      clientId: request.clientId,
      audience: front.resource,
      expiresAt: tokenExpiresAt,
      keyThumbprint: request.keyThumbprint,
      delegationKey: request.delegationKey,
      capabilities: request.capabilities,
    }),
  }))
  return {
    grant,
    records: minted.map(({ front, revocationId }) =>
      toRecord(request, {
        grantId: grant.id,
        audience: front.resource,
        revocationId,
        issuedAt,
        expiresAt: tokenExpiresAt,
      }),
    ),
    tokens: Object.fromEntries(minted.map(({ front, token }) => [front.provider, token])),
  }
}

interface GrantTimes {
  readonly issuedAt: number
  readonly expiresAt: number
}

function toGrantRow(
  { buyerId, clientId, capabilities, keyThumbprint, tokenSeconds }: OperatorGrantRequest,
  { issuedAt, expiresAt, connections }: GrantTimes & { connections: Record<string, string> },
): {
  id: string
  buyer_id: string
  client_id: string
  authorization_details: string
  payload: string
  connections: string
  dpop_bound: boolean
  access_token_seconds: number | null
  expires_at: Date
} {
  const id = newGrantId()
  const payload = {
    kind: 'Grant',
    jti: id,
    accountId: buyerId,
    clientId,
    iat: issuedAt,
    exp: expiresAt,
  }
  return {
    id,
    buyer_id: buyerId,
    client_id: clientId,
    authorization_details: JSON.stringify(capabilities),
    payload: JSON.stringify(payload),
    connections: JSON.stringify(connections),
    dpop_bound: keyThumbprint !== undefined,
    access_token_seconds: tokenSeconds ?? null,
    expires_at: new Date(expiresAt * 1000),
  }
}

/** an access token's record as the library writes it */
function toRecord(
  { buyerId, clientId, capabilities, keyThumbprint }: OperatorGrantRequest,
  token: GrantTimes & { grantId: string; audience: string; revocationId: string },
): {
  model: string
  id: string
  payload: string
  grant_id: string
  revocation_id: string
  account_id: string
  client_id: string
  expires_at: Date
} {
  const payload = {
    kind: 'AccessToken',
    gty: 'operator',
    iat: token.issuedAt,
    exp: token.expiresAt,
    accountId: buyerId,
    clientId,
    grantId: token.grantId,
    aud: token.audience,
    ...(keyThumbprint !== undefined && { jkt: keyThumbprint }),
    rar: capabilities.filter(({ locations }) => locations?.includes(token.audience)),
    extra: { revocation_id: token.revocationId },
  }
  return {
    model: 'AccessToken',
    // found by its revocation id; there is no opaque value whose hash could stand here
    id: `operator:${token.revocationId}`,
    payload: JSON.stringify(payload),
    grant_id: token.grantId,
    revocation_id: token.revocationId,
    account_id: buyerId,
    client_id: clientId,
    expires_at: new Date(token.expiresAt * 1000),
  }
}

/**
 * The agent's name becomes a client that can exchange, introspect and revoke its own tokens and nothing else: it has no
 * redirect URI, and what it proves itself with is the token. A metadata document's address must not be shadowed by a row.
 */
async function rememberClient(trx: Transaction<Database>, clientId: string): Promise<void> {
  if (clientId.startsWith('https://')) return
  const metadata = {
    client_id: clientId,
    client_name: clientId.slice(0, 120),
    token_endpoint_auth_method: 'none',
    grant_types: [tokenExchange],
    response_types: [],
    redirect_uris: [],
  }
  await trx
    .insertInto('oidc_payloads')
    .values({
      model: 'Client',
      id: clientId,
      client_id: clientId,
      payload: JSON.stringify(metadata),
      expires_at: null,
    })
    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet({ expires_at: null }))
    .execute()
}

function refuse(code: OperatorGrantError['code'], message: string): never {
  throw new OperatorGrantError(code, message)
}
