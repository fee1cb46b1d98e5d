import {
  GMAIL_ACTIONS,
  HUBSPOT_ACTIONS,
  STRIPE_ACTIONS,
  type Capability,
  type ProviderType,
} from '../../capabilities/index.ts'

export interface Front {
  readonly provider: ProviderType
  /** its public origin: RFC 8707 resource, RFC 9396 location and the token's audience, always the same string */
  readonly resource: string
}

/** what a client without RFC 9396 may ask of a front, one scope per action: `gmail.messages.read` */
const actionsByProvider: Readonly<Record<Front['provider'], readonly string[]>> = {
  gmail: GMAIL_ACTIONS,
  hubspot: HUBSPOT_ACTIONS,
  stripe: STRIPE_ACTIONS,
}

/** The fronts this authority issues tokens for. */
export class Fronts {
  readonly list: readonly Front[]
  readonly scopes: readonly string[]

  constructor(list: readonly Front[]) {
    this.list = list
    this.scopes = list.flatMap((front) => scopesOf(front.provider))
  }

  find(resource: unknown): Front | undefined {
    // some clients write an origin with its empty path, and RFC 8707 compares nothing for us
    return this.list.find(
      (front) => resource === front.resource || resource === `${front.resource}/`,
    )
  }

  scopesOf(front: Front): readonly string[] {
    return scopesOf(front.provider)
  }

  ofType(type: string): Front | undefined {
    return this.list.find((front) => front.provider === type)
  }
}

function scopesOf(provider: Front['provider']): string[] {
  return actionsByProvider[provider].map((action) => `${provider}.${action}`)
}

/** the actions of one front that a scope string names */
export function actionsInScope(provider: Front['provider'], scope: string): string[] {
  const asked = new Set(scope.split(' '))
  return actionsByProvider[provider].filter((action) => asked.has(`${provider}.${action}`))
}

/** a scope that no capability stands behind would promise what the token cannot do */
export function scopesBacked(
  scopes: Iterable<string>,
  capabilities: readonly Capability[],
): string[] {
  const backed = new Set(
    capabilities.flatMap(({ type, actions }) => actions.map((action) => `${type}.${action}`)),
  )
  return [...scopes].filter((scope) => backed.has(scope))
}
