import type { Operation } from './action.ts'
import { alternativesOf } from './alternatives.ts'
import type { ActionName, Conditions, Narrowing, ProviderType } from './capability.ts'
import type { Constraint } from './constraint.ts'
import { gmail } from './gmail.ts'
import { hubspot } from './hubspot.ts'
import type { ActionDefinition, Vocabulary } from './provider-vocabulary.ts'
import { stripe } from './stripe.ts'

const VOCABULARIES: Readonly<Record<ProviderType, Vocabulary>> = { gmail, hubspot, stripe }

export function vocabularyOf(type: ProviderType): Vocabulary {
  return VOCABULARIES[type]
}

/** of every kind of front, each once */
export const CONSTRAINTS: readonly Constraint[] = [
  ...new Set(Object.values(VOCABULARIES).flatMap(({ constraints }) => constraints)),
]

/** names are those of the entry's type: two kinds of front may have an action of one name */
export function definitionOf(type: ProviderType, action: ActionName): ActionDefinition {
  const definition = VOCABULARIES[type].actions[action]
  if (definition === undefined) throw new TypeError(`${type} has no action \`${action}\``)
  return definition
}

/** the action whose main operation this is, and of which kind of front */
export function findAction(
  operation: string,
): { readonly type: ProviderType; readonly action: ActionName } | undefined {
  return BY_OPERATION.get(operation)
}

const BY_OPERATION = new Map<string, { type: ProviderType; action: ActionName }>(
  Object.values(VOCABULARIES).flatMap(({ type, names }) =>
    names.map((action) => [definitionOf(type, action).operation, { type, action }] as const),
  ),
)

/**
 * The operations that an action stands for: what its provider's methods mean.
 *
 * @example
 * operationsOf('gmail', 'messages.send') // ['gmail.messages.send', 'gmail.profile.read']
 */
export function operationsOf(type: ProviderType, action: ActionName): readonly Operation[] {
  const { operation, alongside } = definitionOf(type, action)
  return [operation, ...alongside]
}

/**
 * Whether anything that this member of an entry says bears on the action.
 *
 * @example
 * carries('stripe', 'refunds.create', 'charge_age_days') // true
 */
export function carries(type: ProviderType, action: ActionName, member: keyof Conditions): boolean {
  return definitionOf(type, action).constraints.some(
    ({ name }) => name === member || name.startsWith(`${member}.`),
  )
}

/** what of an entry's conditions is about one action, as the buyer reads it */
export function conditionsFor(
  type: ProviderType,
  action: ActionName,
  conditions: Conditions,
): Conditions {
  const applicable = definitionOf(type, action).constraints.reduce<Conditions>(
    (taken, one) => one.take(taken, conditions),
    {},
  )
  return VOCABULARIES[type].adjust(action, applicable)
}

/** one action of an entry with what bears on it */
export interface Single {
  readonly type: ProviderType
  readonly action: ActionName
  readonly conditions: Conditions
}

/** one per action, as the buyer reads it */
export function singlesOf(entry: Narrowing): Single[] {
  const { type, actions } = entry
  return actions.map((action) => ({
    type,
    action,
    conditions: conditionsFor(type, action, entry),
  }))
}

/** as it is compiled and compared: one per action and alternative, without conditions for asking */
export function alternativesIn(entry: Narrowing): Single[] {
  return singlesOf(entry).flatMap(({ type, action, conditions }) =>
    alternativesOf(conditions, definitionOf(type, action).constraints).map((one) => ({
      type,
      action,
      conditions: one,
    })),
  )
}
