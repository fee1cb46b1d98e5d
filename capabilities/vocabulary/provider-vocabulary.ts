import { z } from 'zod'
import type { Operation } from './action.ts'
import type { ActionName, Conditions, Narrowing, ProviderType } from './capability.ts'
import type { Constraint } from './constraint.ts'
import { expiry, expirySchema } from './expiry.ts'
import { hours, hoursSchema } from './hours.ts'
import { limitsSchema } from './limits.ts'
import { locations, locationsSchema } from './locations.ts'

/** what an action of a vocabulary stands for */
export interface ActionDefinition {
  /** the operation that the constraints are about */
  readonly operation: Operation
  /** what a stock client needs around it; only GENERAL stands on these */
  readonly alongside: readonly Operation[]
  readonly constraints: readonly Constraint[]
}

/** what can be said about one kind of front */
export interface Vocabulary {
  readonly type: ProviderType
  /** in the order in which they are shown */
  readonly names: readonly ActionName[]
  readonly actions: Readonly<Partial<Record<ActionName, ActionDefinition>>>
  /** of all actions */
  readonly constraints: readonly Constraint[]
  /** an entry before anything is filled in */
  readonly entrySchema: z.ZodType<Narrowing>
  /** what the conditions of an entry mean for one of its actions */
  adjust(action: ActionName, conditions: Conditions): Conditions
}

/** where and when; these stand on every operation of an entry */
export const GENERAL: readonly Constraint[] = [locations, hours, expiry]

interface GeneralSchemas {
  readonly locations: z.ZodOptional<typeof locationsSchema>
  readonly limits: z.ZodOptional<typeof limitsSchema>
  readonly hours: z.ZodOptional<typeof hoursSchema>
  readonly expires_at: z.ZodOptional<typeof expirySchema>
}

/** the fields that every kind of entry may have */
export const generalSchemas: GeneralSchemas = {
  locations: locationsSchema.optional(),
  limits: limitsSchema.optional(),
  hours: hoursSchema.optional(),
  expires_at: expirySchema.optional(),
}

export function actionsSchema<Name extends ActionName>(
  names: readonly [Name, ...Name[]],
): z.ZodType<Name[]> {
  return z
    .array(z.enum(names))
    .min(1)
    .max(names.length)
    .transform((actions) => names.filter((one) => (actions as readonly string[]).includes(one)))
}
