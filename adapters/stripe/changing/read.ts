import type { Call } from '../../operation.ts'
import { ageOf, idOf, parseObject, unexpected, type StripeObject } from '../reading/resource.ts'

/** the thing of that id as Stripe has it now; undefined: there is none, or it was deleted */
export async function readThing(
  path: readonly string[],
  object: string,
  call: Call,
): Promise<StripeObject | undefined> {
  const json = await call.reader.read(path)
  if (json === undefined) return undefined
  const thing = parseObject(json, { object })
  if (thing.id !== path.at(-1)) throw unexpected('another object was answered')
  return thing['deleted'] === true ? undefined : thing
}

/** INVARIANT: amounts and currencies are numbers and texts, or nothing is decided on them */
export function numberIn(thing: StripeObject, member: string): number {
  const value = thing[member]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw unexpected(`no ${member}`)
  return value
}

export function textIn(thing: StripeObject, member: string): string {
  const value = thing[member]
  if (typeof value !== 'string') throw unexpected(`no ${member}`)
  return value
}

export function customerOf(thing: StripeObject): string | undefined {
  return idOf(thing['customer'])
}

/** customer and age of the charge behind something that names one */
export async function readChargeOf(
  thing: StripeObject,
  call: Call,
): Promise<{ customer: string | undefined; chargeAgeSeconds: number | undefined } | undefined> {
  const id = idOf(thing['charge'])
  if (id === undefined) return undefined
  const charge = await readThing(['charges', id], 'charge', call)
  return charge && { customer: customerOf(charge), chargeAgeSeconds: ageOf(charge, call.now) }
}
