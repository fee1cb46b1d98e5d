import {
  explainDenial,
  type CrmTarget,
  type Denial,
  type HubspotAction,
  type RecordFacts,
} from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { operationOf, type ObjectType } from '../object-types.ts'
import type { CrmRecord } from './record.ts'

/** a record as far as the token shows it */
export interface View {
  readonly record: CrmRecord
  readonly facts: RecordFacts
  /** names of properties that may be shown */
  readonly shown: readonly string[]
  /** what is shown, as it was judged: alternatives of a grant may each allow a part of it */
  readonly actions: readonly [HubspotAction, ...HubspotAction[]]
}

/** what is wanted of a record */
export interface Wanted {
  /** shown where it may be: the others are left out, as a property is that nobody ever made */
  readonly properties: readonly string[]
  /** without the right to all of these the record is not shown at all: by them it was found */
  readonly foundBy: readonly string[]
  /** object types whose links are to be shown */
  readonly associations: readonly string[]
}

export const NOTHING_MORE: Wanted = { properties: [], foundBy: [], associations: [] }

export type Viewed =
  | { readonly ok: true; readonly view: View }
  | {
      readonly ok: false
      readonly action: HubspotAction
      readonly denial: Denial
      /** the record itself may be seen, and what it was found by; only its links may not */
      readonly isVisible: boolean
    }

/** INVARIANT: nothing is in a view that `judge` did not allow, together with what it is shown with or by itself */
export function viewRecord(
  type: ObjectType,
  record: CrmRecord,
  facts: RecordFacts,
  { properties, foundBy, associations }: Wanted,
  call: Call,
): Viewed {
  const toAction = (part: Part): HubspotAction => readAction(type, facts, part)
  const whole = { shows: unique([...foundBy, ...properties]), associations }
  const all = toAction(whole)
  if (call.judge(all).allowed) {
    return { ok: true, view: { record, facts, shown: whole.shows, actions: [all] } }
  }
  const bare = toAction(NO_PART)
  const seen = call.judge(bare)
  if (!seen.allowed) return { ok: false, action: bare, denial: seen.denial, isVisible: false }
  for (const name of foundBy) {
    const found = toAction({ shows: [name], associations: [] })
    const judged = call.judge(found)
    if (!judged.allowed)
      return { ok: false, action: found, denial: judged.denial, isVisible: false }
  }
  for (const linked of associations) {
    const linking = toAction({ shows: [], associations: [linked] })
    const judged = call.judge(linking)
    if (!judged.allowed)
      return { ok: false, action: linking, denial: judged.denial, isVisible: true }
  }
  const shown = whole.shows.filter(
    (name) =>
      foundBy.includes(name) || call.judge(toAction({ shows: [name], associations: [] })).allowed,
  )
  const actions = gather({ shows: shown, associations }, toAction, call)
  return { ok: true, view: { record, facts, shown, actions } }
}

type Part = Required<Pick<CrmTarget, 'shows' | 'associations'>> & {
  readonly shows: readonly string[]
  readonly associations: readonly string[]
}

const NO_PART: Part = { shows: [], associations: [] }

/** as few actions as say all of it: each as much as some alternative of the grant allows at once */
function gather(
  { shows, associations }: Part,
  toAction: (part: Part) => HubspotAction,
  call: Call,
): View['actions'] {
  const pieces: Part[] = [
    ...shows.map((name) => ({ shows: [name], associations: [] })),
    ...associations.map((type) => ({ shows: [], associations: [type] })),
  ]
  const groups: Part[] = []
  for (const piece of pieces) {
    const at = groups.findIndex((group) => call.judge(toAction(join(group, piece))).allowed)
    const group = groups[at]
    if (group === undefined) groups.push(piece)
    else groups[at] = join(group, piece)
  }
  const [first, ...others] = groups.map(toAction)
  return first === undefined ? [toAction(NO_PART)] : [first, ...others]
}

function join(one: Part, other: Part): Part {
  return {
    shows: [...one.shows, ...other.shows],
    associations: [...one.associations, ...other.associations],
  }
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}

function readAction(
  type: ObjectType,
  record: RecordFacts,
  part: Pick<CrmTarget, 'shows' | 'associations'>,
): HubspotAction {
  return {
    operation: operationOf(type.object, 'read'),
    crm: { objectType: type.name, record, ...part },
  }
}

/** whatever the record, the token does not speak of reading such ones: nothing needs to be asked upstream */
export function isClosed(type: ObjectType, call: Call): boolean {
  const action = readAction(type, { properties: {} }, NO_PART)
  const judged = call.judge(action)
  return !judged.allowed && explainDenial(judged.denial, action).constraint === 'operation'
}

/** whether the token shows the record at all, be it nothing but its id */
export function isVisible(type: ObjectType, facts: RecordFacts, call: Call): boolean {
  return call.judge(readAction(type, facts, NO_PART)).allowed
}

/** no record's value of the property is hidden from the token: that of one without an owner, on no list, is seen too */
export function seesEvery(property: string, type: ObjectType, call: Call): boolean {
  const nobodys = { properties: {}, lists: [] }
  return call.judge(readAction(type, nobodys, { shows: [property], associations: [] })).allowed
}

/** the fields of a record and no others: no `url`, which names the portal, no history, no trace of archiving */
export function projectRecord({
  record,
  shown,
}: Pick<View, 'record' | 'shown'>): Record<string, unknown> {
  const { id, properties, createdAt, updatedAt } = record
  const values = shown.flatMap((name) =>
    Object.hasOwn(properties, name) ? [[name, properties[name] ?? null] as const] : [],
  )
  return {
    id,
    properties: { ...Object.fromEntries(values), hs_object_id: id },
    ...(createdAt !== undefined && { createdAt }),
    ...(updatedAt !== undefined && { updatedAt }),
    archived: false,
  }
}
