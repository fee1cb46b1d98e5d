import { OBJECT_TYPES, type ObjectType } from './object-types.ts'

/** one way in which a record may belong to another; each has a twin in the other direction */
export interface AssociationType {
  readonly category: 'HUBSPOT_DEFINED' | 'USER_DEFINED'
  readonly typeId: number
  readonly label: string | null
  readonly from: string
  readonly to: string
  /** the type's id in the other direction */
  readonly reverse: number
}

function both(
  from: string,
  to: string,
  ids: readonly [number, number],
  label: string | null = null,
  category: AssociationType['category'] = 'HUBSPOT_DEFINED',
): AssociationType[] {
  const [there, back] = ids
  return [
    { category, typeId: there, label, from, to, reverse: back },
    ...(from === to ? [] : [{ category, typeId: back, label, from: to, to: from, reverse: there }]),
  ]
}

const CONTACT = '0-1'
const COMPANY = '0-2'
const DEAL = '0-3'
const TICKET = '0-5'
const TEA = '2-3456789'

/** HubSpot's numbers where it has one; the first between two types is the default */
export const ASSOCIATION_TYPES: readonly AssociationType[] = [
  both(CONTACT, COMPANY, [279, 280]),
  both(CONTACT, COMPANY, [1, 2], 'Primary'),
  both(CONTACT, COMPANY, [37, 38], 'Bookkeeper', 'USER_DEFINED'),
  both(CONTACT, CONTACT, [449, 449]),
  both(COMPANY, COMPANY, [450, 450]),
  both(DEAL, CONTACT, [3, 4]),
  both(DEAL, COMPANY, [341, 342]),
  both(DEAL, COMPANY, [5, 6], 'Primary'),
  both(DEAL, TICKET, [27, 28]),
  both(DEAL, '0-8', [19, 20]),
  both(TICKET, CONTACT, [16, 15]),
  both(TICKET, COMPANY, [339, 340]),
  both(TICKET, COMPANY, [26, 25], 'Primary'),
  both('0-46', CONTACT, [202, 201]),
  both('0-46', COMPANY, [190, 189]),
  both('0-46', DEAL, [214, 213]),
  both('0-46', TICKET, [228, 227]),
  both('0-27', CONTACT, [204, 203]),
  both('0-27', COMPANY, [192, 191]),
  both('0-27', DEAL, [216, 215]),
  both('0-27', TICKET, [230, 229]),
  both('0-48', CONTACT, [194, 193]),
  both('0-48', COMPANY, [182, 181]),
  both('0-48', DEAL, [206, 205]),
  both('0-48', TICKET, [220, 219]),
  both('0-49', CONTACT, [198, 197]),
  both('0-49', COMPANY, [186, 185]),
  both('0-49', DEAL, [210, 209]),
  both('0-49', TICKET, [224, 223]),
  both(CONTACT, TEA, [71, 72], null, 'USER_DEFINED'),
  both(CONTACT, TEA, [73, 74], 'Favourite', 'USER_DEFINED'),
].flat()

export function typesBetween(from: ObjectType, to: ObjectType): AssociationType[] {
  return ASSOCIATION_TYPES.filter((one) => one.from === from.id && one.to === to.id)
}

/** the name that v3 has for a type: `contact_to_company`, and `…_unlabeled` where another type has a label */
export function legacyName(association: AssociationType): string {
  const name = (id: string): string => OBJECT_TYPES.find((one) => one.id === id)?.singular ?? id
  const base = `${name(association.from)}_to_${name(association.to)}`
  const rivals = ASSOCIATION_TYPES.filter(
    ({ from, to }) => from === association.from && to === association.to,
  )
  if (association.label === 'Primary' || rivals.length === 1) return base
  return association.label === null
    ? `${base}_unlabeled`
    : `${base}_${association.label.toLowerCase()}`
}
