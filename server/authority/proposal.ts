import { errors } from 'oidc-provider'
import {
  parseCapabilities,
  parseNarrowing,
  type Capability,
  type Narrowing,
} from '../../capabilities/index.ts'
import { actionsInScope, type Front, type Fronts } from './fronts.ts'
import { asOAuthErrors } from './oauth-error.ts'

/** request parameters as the library holds them: strings, except `resource`, which may be a list */
export type Parameters = Readonly<Record<string, unknown>>

/**
 * What an authorization request proposes: its RFC 9396 details, or for a client that knows only scopes the plain
 * capability behind each scope. Every capability leaves with the front it is for in `locations`.
 */
export function readProposal(fronts: Fronts, parameters: Parameters): Capability[] {
  const details = parameters['authorization_details']
  if (details === undefined) return proposalOfScopes(fronts, parameters)
  const entries = parseJson(details)
  return asOAuthErrors(() => parseCapabilities(entries)).map((entry) => locate(fronts, entry))
}

/** what a token request asks for less than it could have; `undefined`: it asks for everything it may have */
export function readNarrowing(front: Front, parameters: Parameters): Narrowing[] | undefined {
  const details = parameters['authorization_details']
  if (details !== undefined) {
    const entries = parseJson(details)
    return asOAuthErrors(() => parseNarrowing(entries))
  }
  const actions = actionsInScope(front.provider, textOf(parameters['scope']))
  if (actions.length === 0) return undefined
  return asOAuthErrors(() => parseNarrowing([{ type: front.provider, actions }]))
}

/** the fronts a request is about when it names no `resource` (RFC 8707 makes naming one optional) */
export function impliedResources(fronts: Fronts, parameters: Parameters): string[] {
  const details = parameters['authorization_details']
  const types = details === undefined ? [] : typesOf(parseJson(details))
  const scope = textOf(parameters['scope'])
  return fronts.list
    .filter(({ provider }) =>
      details === undefined ? actionsInScope(provider, scope).length > 0 : types.includes(provider),
    )
    .map((front) => front.resource)
}

function proposalOfScopes(fronts: Fronts, parameters: Parameters): Capability[] {
  const resources = [parameters['resource']].flat()
  const scope = textOf(parameters['scope'])
  return fronts.list
    .filter((front) => resources.some((resource) => fronts.find(resource) === front))
    .flatMap((front) => capabilitiesOfScope(front, scope))
}

function capabilitiesOfScope(front: Front, scope: string): Capability[] {
  const actions = actionsInScope(front.provider, scope)
  if (actions.length === 0) return []
  if (actions.includes('messages.send')) {
    // a scope cannot say to whom, and "to anybody" is what this server exists to avoid
    throw new errors.InvalidScope(
      'gmail.messages.send needs authorization_details that name the recipients',
      'gmail.messages.send',
    )
  }
  if (actions.includes('labels.apply')) {
    throw new errors.InvalidScope(
      'gmail.labels.apply needs authorization_details that name the labels',
      'gmail.labels.apply',
    )
  }
  const entry = { type: front.provider, actions, locations: [front.resource] }
  return asOAuthErrors(() => parseCapabilities([entry]))
}

function locate(fronts: Fronts, capability: Capability): Capability {
  const front = fronts.ofType(capability.type)
  if (!front)
    throw new errors.InvalidAuthorizationDetails(`this server has no ${capability.type} front`)
  const named = capability.locations
  if (named && !(named.length === 1 && named[0] === front.resource)) {
    throw new errors.InvalidAuthorizationDetails(
      `locations of a ${capability.type} entry must be left out or be ["${front.resource}"]`,
    )
  }
  return { ...capability, locations: [front.resource] }
}

function parseJson(details: unknown): unknown {
  if (typeof details !== 'string') return details
  try {
    return JSON.parse(details)
  } catch {
    throw new errors.InvalidAuthorizationDetails('authorization_details is not JSON')
  }
}

function typesOf(entries: unknown): unknown[] {
  if (!Array.isArray(entries)) return []
  return entries.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'type' in entry ? entry.type : undefined,
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
