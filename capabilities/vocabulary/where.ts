import { z } from 'zod'
import type { Where } from './capability.ts'
import { OWNER_PROPERTY, pipelinePropertyOf } from './hubspot-action.ts'
import { recordIdSchema } from './records.ts'
import { propertyNameSchema } from './properties.ts'

const MAX_PROPERTIES = 4
const MAX_WORDS = 16

/** one word, or several of which one is enough */
function oneOrMore(
  item: z.ZodType<string, string>,
  expected: string,
): z.ZodType<readonly string[], unknown> {
  return z
    .union([item.transform((one) => [one]), z.array(item).min(1).max(MAX_WORDS)], {
      error: `expected ${expected}, or a list of at most ${MAX_WORDS}`,
    })
    .transform((items) => [...new Set(items)].sort())
}

const pipelineSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

/** HubSpot's own raw value: an internal name, an id; a token cannot say control characters apart from spaces */
const valueSchema = z
  .string()
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}]{1,256}$/u, 'expected the raw value that HubSpot stores')

const propertySchema = z.strictObject({ name: propertyNameSchema, equals: valueSchema })

/** which records: several members mean all of them */
export const whereSchema: z.ZodType<Where> = z
  .strictObject({
    owner: oneOrMore(recordIdSchema, 'the id of an owner').optional(),
    pipeline: oneOrMore(pipelineSchema, 'the id of a pipeline such as default').optional(),
    list: oneOrMore(recordIdSchema, 'the id of a list').optional(),
    property: z
      .union(
        [
          propertySchema.transform((one) => [one]),
          z.array(propertySchema).min(1).max(MAX_PROPERTIES),
        ],
        {
          error: `expected { name, equals } with the internal name and the raw value of a property, or a list of at most ${MAX_PROPERTIES} of these`,
        },
      )
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
        message: 'two values of one property: no record has both',
      })
      .transform((all) => [...all].sort((a, b) => (a.name < b.name ? -1 : 1)))
      .optional(),
  })
  .refine((where) => Object.values(where).some((said) => said !== undefined), {
    message: 'name at least one of `owner`, `pipeline`, `list`, `property`',
  })

/** the properties by whose values a filter chooses records of a type; whoever writes one of them chooses for himself */
export function propertiesOfFilter(where: Where | undefined, objectType: string): string[] {
  return [
    ...(where?.owner === undefined ? [] : [OWNER_PROPERTY]),
    ...(where?.pipeline === undefined ? [] : [pipelinePropertyOf(objectType)]),
    ...(where?.property ?? []).map(({ name }) => name),
  ]
}
