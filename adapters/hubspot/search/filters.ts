import { z } from 'zod'
import { propertyName } from '../parameters.ts'

/** one condition of a search, as HubSpot reads it: its operator, and of the rest what belongs to that */
export interface Filter {
  readonly propertyName: string
  readonly operator:
    | 'EQ'
    | 'NEQ'
    | 'LT'
    | 'LTE'
    | 'GT'
    | 'GTE'
    | 'CONTAINS_TOKEN'
    | 'NOT_CONTAINS_TOKEN'
    | 'BETWEEN'
    | 'IN'
    | 'NOT_IN'
    | 'HAS_PROPERTY'
    | 'NOT_HAS_PROPERTY'
  readonly value?: string
  readonly highValue?: string
  readonly values?: readonly string[]
}

const value = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .pipe(z.string().max(1000))

const compared = z.enum([
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
])

/** each operator with what belongs to it and nothing besides: HubSpot passes over what it does not want */
const filterSchema: z.ZodType<Filter, unknown> = z.union(
  [
    z.strictObject({ propertyName, operator: compared, value }),
    z.strictObject({ propertyName, operator: z.literal('BETWEEN'), value, highValue: value }),
    z.strictObject({
      propertyName,
      operator: z.enum(['IN', 'NOT_IN']),
      values: z.array(value).min(1).max(100),
    }),
    z.strictObject({ propertyName, operator: z.enum(['HAS_PROPERTY', 'NOT_HAS_PROPERTY']) }),
  ],
  'expected propertyName, a known operator, and the value, values or highValue that belong to it',
)

/** a group of no filters holds of everything, whatever the other groups say: HubSpot's reading, so it is refused */
export const filterGroupsSchema: z.ZodType<readonly (readonly Filter[])[], unknown> = z.array(
  z
    .strictObject({ filters: z.array(filterSchema).min(1, 'a group without filters holds of all') })
    .transform(({ filters }) => filters),
)
