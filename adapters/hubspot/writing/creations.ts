import { z } from 'zod'
import type { HubspotAction, RecordFacts } from '../../../capabilities/index.ts'
import { judgeEnds } from '../associations/linked.ts'
import { linkSpec, type LinkSpec } from '../associations/spec.ts'
import { targetOfType } from '../associations/type-ids.ts'
import type { Call, JsonObject } from '../../operation.ts'
import { badRequest, type Refusal } from '../../refusal.ts'
import { findObjectType, operationOf, type ObjectType } from '../object-types.ts'
import { recordIdOrNumber } from '../parameters.ts'
import { readContent, type Written } from './content.ts'
import { valuesSchema, type Values } from './values.ts'

/** to what a new record is linked */
export interface NewLink {
  readonly to: ObjectType
  readonly id: string
  readonly types: readonly LinkSpec[]
}

export interface Creation extends Written {
  readonly links: readonly NewLink[]
  readonly action: HubspotAction
}

/** what a request says of one record that is to be made */
export interface CreationInput {
  readonly properties: Values
  readonly associations: readonly {
    readonly id: string
    readonly types: readonly LinkSpec[]
  }[]
}

const association = z
  .strictObject({
    to: z.strictObject({ id: recordIdOrNumber }),
    types: z.array(linkSpec).min(1).max(10),
  })
  .transform(({ to, types }) => ({ id: to.id, types }))

export const creationFields: {
  readonly properties: typeof valuesSchema
  readonly associations: z.ZodType<CreationInput['associations'], unknown>
} = {
  properties: valuesSchema,
  associations: z
    .array(association)
    .max(100)
    .nullable()
    .default([])
    .transform((given) => given ?? []),
}

type Prepared =
  | { readonly ok: true; readonly creation: Creation }
  | { readonly ok: false; readonly refusal: Refusal }

/** `facts` is the record as it would be: what is written, on no list. `inputs` is of the whole call */
export function prepareCreation(
  type: ObjectType,
  { properties, associations }: CreationInput,
  inputs: number,
): Prepared {
  const links: NewLink[] = []
  for (const { id, types } of associations) {
    const targets = new Set(types.map((one) => targetOf(type, one)))
    const [name] = targets
    const to = targets.size === 1 && name !== undefined ? findObjectType(name) : undefined
    if (to === undefined) return { ok: false, refusal: unknownLink }
    links.push({ to, id, types })
  }
  const written = readContent(properties)
  const action: HubspotAction = {
    operation: operationOf(type.object, 'create'),
    crm: {
      objectType: type.name,
      record: asItWouldBe(written.values),
      writes: Object.keys(written.values),
      associations: [...new Set(links.map(({ to }) => to.name))],
      inputs,
      content: written.content,
    },
  }
  return { ok: true, creation: { ...written, links, action } }
}

function asItWouldBe(values: Values): RecordFacts {
  const said = Object.entries(values).filter(([, value]) => value !== '')
  return { properties: Object.fromEntries(said), lists: [] }
}

function targetOf(type: ObjectType, spec: LinkSpec): string | undefined {
  if (spec.associationCategory !== 'HUBSPOT_DEFINED') return undefined
  return targetOfType(type.object, spec.associationTypeId)
}

const unknownLink = badRequest(
  'unknown_association',
  'in a new record only HubSpot’s own types of links can be named: link the others once it is there',
)

/** reads every other end; one that may not be seen is answered as one that is not there. Undefined: all may be seen */
export async function checkEnds(
  links: readonly Pick<NewLink, 'to' | 'id'>[],
  call: Call,
): Promise<Refusal | undefined> {
  const byType = new Map<string, { to: ObjectType; ids: string[] }>()
  for (const { to, id } of links) {
    const known = byType.get(to.name)
    if (known === undefined) byType.set(to.name, { to, ids: [id] })
    else known.ids.push(id)
  }
  for (const { to, ids } of byType.values()) {
    const seen = await judgeEnds(to, ids, call)
    if (!ids.every((id) => seen.has(id))) return noSuchEnd
  }
  return undefined
}

const noSuchEnd: Refusal = {
  code: 'denied',
  message: 'a record to be linked is not there, or this access may not see it',
  reason: 'association_end',
}

/** as HubSpot is asked to make it */
export function toNewRecord({ values, links }: Creation): JsonObject {
  return {
    properties: values,
    associations: links.map(({ id, types }) => ({
      to: { id },
      types: types.map((one) => ({ ...one })),
    })),
  }
}
