import { z } from 'zod'

/** a label of a link, as requests name it */
export interface LinkSpec {
  readonly associationCategory: 'HUBSPOT_DEFINED' | 'USER_DEFINED' | 'INTEGRATOR_DEFINED'
  readonly associationTypeId: number
}

export const linkSpec: z.ZodType<LinkSpec, unknown> = z.strictObject({
  associationCategory: z.enum(['HUBSPOT_DEFINED', 'USER_DEFINED', 'INTEGRATOR_DEFINED']),
  associationTypeId: z.int().positive(),
})
