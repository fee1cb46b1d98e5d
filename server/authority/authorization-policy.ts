import type { Kysely } from 'kysely'
import {
  errors,
  interactionPolicy,
  type AuthorizationDetail,
  type Grant,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import { intersect, within, type Capability } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import type { Fronts } from './fronts.ts'
import { capabilitiesOf, parametersOf, toDetails } from './policy.ts'
import { readProposal } from './proposal.ts'

const { Check } = interactionPolicy
const rememberedAtMost = 20

/** A request for a front must say what for; refused where the client made it, not in front of the buyer. */
export function assertProposes(fronts: Fronts, ctx: KoaContextWithOIDC): void {
  if (readProposal(fronts, parametersOf(ctx)).length > 0) return
  throw new errors.InvalidRequest(
    'say what the access is for: authorization_details, or a scope such as gmail.messages.read',
  )
}

/**
 * The library asks again whenever details were requested; we ask when the grant in hand does not cover them, which makes
 * remembered consent and `prompt=none` possible.
 */
export function createInteractionPolicy(fronts: Fronts): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  const consent = policy.get('consent')
  if (!consent) throw new Error('oidc-provider has no consent prompt')
  consent.checks.remove('rar_prompt')
  consent.checks.add(
    new Check(
      'rar_prompt',
      'authorization_details are not granted yet',
      (ctx) => {
        if (ctx.oidc.result?.consent) return Check.NO_NEED_TO_PROMPT
        const asked = readProposal(fronts, parametersOf(ctx))
        const granted = capabilitiesOf(ctx.oidc.entities.Grant)
        return within(asked, granted) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
      },
      (ctx) => ({ rar: readProposal(fronts, parametersOf(ctx)) }),
    ),
  )
  return policy
}

/**
 * One grant per consent: the library's default would widen the session's last one. A live grant that covers the request is
 * used again without asking, but only for a client that has to prove who it is (RFC 6749 §10.2): anybody can come with the
 * client id of a public one.
 */
export async function loadExistingGrant(
  db: Kysely<Database>,
  fronts: Fronts,
  ctx: KoaContextWithOIDC,
): Promise<Grant | undefined> {
  const { provider, result, client, account } = ctx.oidc
  const consented = result?.consent?.grantId
  if (consented !== undefined) return provider.Grant.find(consented)
  if (!client || !account || client.clientAuthMethod === 'none') return undefined
  if (ctx.oidc.prompts.has('consent')) return undefined
  const asked = readProposal(fronts, parametersOf(ctx))
  if (asked.length === 0) return undefined
  const id = await findCoveringGrant(db, account.accountId, client.clientId, asked)
  return id === undefined ? undefined : provider.Grant.find(id)
}

async function findCoveringGrant(
  db: Kysely<Database>,
  buyerId: string,
  clientId: string,
  asked: readonly Capability[],
): Promise<string | undefined> {
  const rows = await db
    .selectFrom('grants')
    .select(['id', 'authorization_details'])
    .where('buyer_id', '=', buyerId)
    .where('client_id', '=', clientId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', new Date())
    .orderBy('created_at', 'desc')
    .limit(rememberedAtMost)
    .execute()
  return rows.find((row) => within(asked, row.authorization_details as Capability[]))?.id
}

/** what goes into the code: what was asked, cut down to what the buyer left of it */
export async function detailsForCode(
  fronts: Fronts,
  ctx: KoaContextWithOIDC,
  code: { kind: string },
): Promise<AuthorizationDetail[]> {
  await restoreAttestationBinding(ctx, code)
  const granted = capabilitiesOf(ctx.oidc.entities.Grant)
  return toDetails(intersect(readProposal(fronts, parametersOf(ctx)), granted))
}

/**
 * The library binds a code to the client instance that pushed the request, and forgets it when the buyer had to be asked:
 * another instance of the same client could then redeem the code. Put it back.
 */
async function restoreAttestationBinding(ctx: KoaContextWithOIDC, code: object): Promise<void> {
  const { PushedAuthorizationRequest: pushed, Interaction: interaction } = ctx.oidc.entities
  const id = pushed?.jti ?? (interaction as { parJti?: string } | undefined)?.parJti
  if (id === undefined) return
  const request = await ctx.oidc.provider.PushedAuthorizationRequest.find(id, {
    ignoreExpiration: true,
  })
  const attestationJkt = (request as { attestationJkt?: string } | undefined)?.attestationJkt
  if (attestationJkt !== undefined) Object.assign(code, { attestationJkt })
}
