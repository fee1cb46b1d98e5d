import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Grant, Interaction, Provider } from 'oidc-provider'
import {
  CapabilityError,
  findExcess,
  type Capability,
  type ProviderType,
} from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import { scopesBacked, type Fronts } from './fronts.ts'
import { bringsOwnKey } from './key-binding.ts'
import { grantSecondsDefault } from './options.ts'
import { toDetails } from './policy.ts'
import { readProposal } from './proposal.ts'
import { withTerms } from './storage-grant.ts'

export interface Consent {
  readonly provider: Provider
  readonly db: Kysely<Database>
  readonly fronts: Fronts
  readonly interaction: Interaction
  /** what the buyer left of the proposal */
  readonly capabilities: readonly Capability[]
  /** the buyer's account behind each kind of front that a capability is for */
  readonly connections: Readonly<Partial<Record<ProviderType, string>>>
  /** milliseconds since 1970; undefined: as long as a grant may last */
  readonly expiresAt: number | undefined
  /** the buyer wants it to be used with the agent's own key only; an agent that brings its key gets no other grant */
  readonly dpopBound?: boolean
  /** how long each access token lasts; undefined: as long as the authority gives by default */
  readonly accessTokenSeconds?: number | undefined
}

/**
 * Saves what a buyer consented to as a grant of its own and answers its id, for `interactionResult`.
 *
 * INVARIANT: nothing is granted that was not proposed; the proposal is read from the interaction, never from the form.
 *
 * @throws CapabilityError `exceeds_grant` when a choice is wider than the proposal
 */
export async function createConsentGrant(consent: Consent): Promise<string> {
  const { provider, db, fronts, interaction, capabilities } = consent
  const buyerId = interaction.session?.accountId
  if (buyerId === undefined || interaction.prompt.name !== 'consent') {
    throw new Error('a consent without a buyer who was asked')
  }
  assertProposed(capabilities, readProposal(fronts, interaction.params))
  const connections = await ownConnections(consent, buyerId)

  const grant = new provider.Grant(newGrant(consent, buyerId))
  addScopes(consent, grant)
  for (const detail of toDetails(capabilities)) grant.addRar(detail)
  const client = await provider.Client.find(String(interaction.params['client_id']))
  if (!client) throw new Error('a consent for a client that is gone')
  await keepClient(db, client.clientId)
  const dpopBound = consent.dpopBound === true || bringsOwnKey(client, interaction.params)
  const { accessTokenSeconds } = consent
  const terms = { connections, dpopBound, accessTokenSeconds }
  return withTerms(terms, () => grant.save())
}

/** the id says what it is, as every id of ours; the library would make one that does not */
export function newGrantId(): string {
  return `g_${randomBytes(24).toString('base64url')}`
}

function assertProposed(chosen: readonly Capability[], proposed: readonly Capability[]): void {
  if (chosen.length === 0) throw new CapabilityError('exceeds_grant', 'nothing was chosen')
  for (const capability of chosen) {
    const excess = findExcess(capability, proposed)
    if (excess !== undefined) throw new CapabilityError('exceeds_grant', excess)
  }
}

/** INVARIANT: an account behind every kind of capability, each the buyer's own and of that kind */
async function ownConnections(
  { db, capabilities, connections }: Consent,
  buyerId: string,
): Promise<Record<string, string>> {
  const needed = [...new Set(capabilities.map(({ type }) => type))]
  const rows = await db
    .selectFrom('connections')
    .select(['id', 'provider'])
    .where('buyer_id', '=', buyerId)
    .execute()
  const own = needed.map((provider) => {
    const id = connections[provider]
    if (!rows.some((row) => row.id === id && row.provider === provider)) {
      throw new Error('a consent for an account that is not the buyer’s')
    }
    return [provider, id ?? ''] as const
  })
  return Object.fromEntries(own)
}

type NewGrant = ConstructorParameters<Provider['Grant']>[0]

function newGrant({ interaction, expiresAt }: Consent, accountId: string): NewGrant {
  const seconds =
    expiresAt === undefined ? grantSecondsDefault : Math.floor((expiresAt - Date.now()) / 1000)
  const properties = {
    jti: newGrantId(),
    accountId,
    clientId: String(interaction.params['client_id']),
    expiresIn: Math.max(1, Math.min(seconds, grantSecondsDefault)),
  }
  return properties
}

/**
 * All requested scopes, not those the library calls missing: it counts from a remembered grant, and this one stands alone.
 * A scope without a capability behind it is recorded as refused, so that it is not asked for again.
 */
function addScopes({ fronts, interaction, capabilities }: Consent, grant: Grant): void {
  const { scope, resource } = interaction.params
  const asked = typeof scope === 'string' ? scope.split(' ') : []
  const ofFronts = asked.filter((one) => fronts.scopes.includes(one))
  const backed = scopesBacked(ofFronts, capabilities)
  const refused = ofFronts.filter((one) => !backed.includes(one))
  const granted = asked.filter((one) => !refused.includes(one))
  if (granted.length > 0) grant.addOIDCScope(granted)
  if (refused.length > 0) grant.rejectOIDCScope(refused)
  for (const one of [resource].flat().filter((each) => typeof each === 'string')) {
    if (backed.length > 0) grant.addResourceScope(one, backed)
    if (refused.length > 0) grant.rejectResourceScope(one, refused)
  }
}

/** an open registration is forgotten after a day, unless somebody trusted the client with something */
async function keepClient(db: Kysely<Database>, clientId: string): Promise<void> {
  await db
    .updateTable('oidc_payloads')
    .set({ expires_at: null })
    .where('model', '=', 'Client')
    .where('id', '=', clientId)
    .execute()
}
