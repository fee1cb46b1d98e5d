import { z } from 'zod'
import { propertyName } from '../parameters.ts'

/** what is written, by property; empty text clears it */
export type Values = Readonly<Record<string, string>>

const MAX_PROPERTIES = 100
/** HubSpot's own most of one value */
const MAX_VALUE = 65_536

const value = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((given) => (given === null ? '' : String(given)))
  .pipe(z.string().max(MAX_VALUE))

/** HubSpot reads numbers and truth values as the texts that they are; two spellings of one name are one property said twice */
export const valuesSchema: z.ZodType<Values, unknown> = z
  .record(z.string(), value)
  .transform((given, context) => {
    const values = new Map<string, string>()
    for (const [spelt, text] of Object.entries(given)) {
      const name = propertyName.safeParse(spelt)
      if (!name.success || values.has(name.data)) {
        const message = name.success
          ? 'a property stands twice, in two spellings'
          : 'expected internal names of properties'
        context.addIssue({ code: 'custom', message })
        return z.NEVER
      }
      values.set(name.data, text)
    }
    return Object.fromEntries(values)
  })
  .refine((values) => Object.keys(values).length <= MAX_PROPERTIES, {
    message: `at most ${MAX_PROPERTIES} properties`,
  })
