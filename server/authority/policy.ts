import {
  errors,
  type AuthorizationDetail,
  type Grant,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import { forAudience, inherit, intersect, type Capability } from '../../capabilities/index.ts'
import { type Fronts } from './fronts.ts'
import { asOAuthErrors } from './oauth-error.ts'
import { readNarrowing, type Parameters } from './proposal.ts'

/** a grant, or anything a token is issued from; the published types leave `rar` out here and there */
interface TokenSource {
  readonly rar?: readonly AuthorizationDetail[] | undefined
}

export function parametersOf(ctx: KoaContextWithOIDC): Parameters {
  return ctx.oidc.params ?? {}
}

/** only parsed capabilities are ever stored in `rar`, so reading it back is no second parse */
export function capabilitiesOf(source: object | undefined): Capability[] {
  return ((source as TokenSource | undefined)?.rar ?? []) as unknown as Capability[]
}

export function toDetails(capabilities: readonly Capability[]): AuthorizationDetail[] {
  return capabilities as unknown as AuthorizationDetail[]
}

export interface Issuance {
  readonly source: object | undefined
  readonly grant: Grant | undefined
  readonly audience: unknown
  readonly parameters: Parameters
}

/**
 * INVARIANT: token = source ∩ live grant ∩ asked, for one front. The grant is read again at every issuance, so one that was
 * tightened bites at the next refresh.
 */
export function issuableCapabilities(fronts: Fronts, issuance: Issuance): Capability[] {
  const front = fronts.find(issuance.audience)
  if (!front) return []
  const live = intersect(capabilitiesOf(issuance.source), capabilitiesOf(issuance.grant))
  const available = forAudience(live, front.resource)
  const asked = readNarrowing(front, issuance.parameters)
  const issued = asked === undefined ? available : asOAuthErrors(() => inherit(asked, available))
  if (issued.length === 0) throw new errors.InvalidTarget('nothing is granted for this resource')
  return issued
}
