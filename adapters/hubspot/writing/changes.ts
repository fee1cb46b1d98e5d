import {
  HUBSPOT_VERBS,
  propertiesOfFilter,
  type CrmTarget,
  type HubspotAction,
  type RecordFacts,
} from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { missing, type Refusal } from '../../refusal.ts'
import { operationOf, type ObjectType } from '../object-types.ts'
import { readFacts } from '../records/read.ts'
import { valueOf, type CrmRecord } from '../records/record.ts'
import { isVisible } from '../records/view.ts'
import { NO_CONTENT, readContent, type Written } from './content.ts'
import type { Values } from './values.ts'

/** one record as it is, and what is to be written into it */
export interface Change extends Written {
  readonly record: CrmRecord
  readonly facts: RecordFacts
  readonly action: HubspotAction
}

type Prepared =
  { readonly ok: true; readonly change: Change } | { readonly ok: false; readonly refusal: Refusal }

/**
 * INVARIANT: the record is read before it is written, and decided as it is: whose it is, where it stands and that it is there are
 * never the agent's word. `inputs` is of the whole call.
 */
export async function prepareChange(
  type: ObjectType,
  record: CrmRecord,
  given: Values,
  inputs: number,
  call: Call,
): Promise<Prepared> {
  const facts = await readFacts(type, record, call)
  const bare = updateAction(type, facts, { writes: [], content: NO_CONTENT, inputs: 1 })
  if (!call.couldAllow(bare) && !isVisible(type, facts, call)) {
    return { ok: false, refusal: hidden(bare, call) }
  }
  const moved = findFilterChange(type, record, given, call)
  if (moved !== undefined) return { ok: false, refusal: decides(moved) }
  const written = readContent(given)
  const action = updateAction(type, facts, {
    writes: Object.keys(written.values),
    content: written.content,
    inputs,
  })
  return { ok: true, change: { ...written, record, facts, action } }
}

/** the agent is told that there is no such record, the buyer what was tried */
function hidden(action: HubspotAction, call: Call): Refusal {
  const judged = call.judge(action)
  return judged.allowed
    ? missing('not_found')
    : missing(judged.denial.reason, { denial: judged.denial, action })
}

function updateAction(
  type: ObjectType,
  record: RecordFacts,
  part: Pick<CrmTarget, 'writes' | 'content' | 'inputs'>,
): HubspotAction {
  return {
    operation: operationOf(type.object, 'update'),
    crm: { objectType: type.name, record, ...part },
  }
}

/** a property that some filter of the token looks at: who changed it would choose for himself which records the token is for */
function findFilterChange(
  type: ObjectType,
  record: CrmRecord,
  values: Values,
  call: Call,
): string | undefined {
  return filterPropertiesOf(type, call).find(
    (name) => Object.hasOwn(values, name) && values[name] !== (valueOf(record, name) ?? ''),
  )
}

/** of this kind of records where the token says it in our words, else of any */
function filterPropertiesOf(type: ObjectType, call: Call): readonly string[] {
  const { properties } = call.recordFactsNeeded(type.name)
  const said = HUBSPOT_VERBS.map((verb) => call.readFilters(`${type.object}.${verb}`, 'ever'))
  if (said.includes(undefined)) return properties
  const filters = said.flatMap((blocks) => blocks?.flat() ?? [])
  const own = new Set(filters.flatMap(({ where }) => propertiesOfFilter(where, type.name)))
  return properties.filter((name) => own.has(name))
}

function decides(name: string): Refusal {
  return {
    code: 'denied',
    message: `\`${name}\` decides which records this access is for: it can only be left as it is`,
    reason: 'filter_property',
  }
}
