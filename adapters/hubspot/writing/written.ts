import type { RecordFacts } from '../../../capabilities/index.ts'
import type { Call, Projected } from '../../operation.ts'
import { isRecord } from '../../is-record.ts'
import type { ObjectType } from '../object-types.ts'
import { textsOf } from '../records/read.ts'
import { parseRecord, unexpected, type CrmRecord } from '../records/record.ts'
import { projectRecord, viewRecord } from '../records/view.ts'

const NOT_SHOWN = { properties: [], foundBy: [], associations: [] }

/** what HubSpot answers to a write, as far as the token shows it; of a record that it does not show, the id */
export function projectWritten(
  type: ObjectType,
  record: CrmRecord,
  before: RecordFacts | undefined,
  call: Call,
): Record<string, unknown> {
  const facts = {
    ...before,
    id: record.id,
    properties: { ...before?.properties, ...textsOf(record) },
  }
  const wanted = { ...NOT_SHOWN, properties: Object.keys(record.properties).filter(isOwn) }
  const viewed = viewRecord(type, record, facts, wanted, call)
  return projectRecord({ record, shown: viewed.ok ? viewed.view.shown : [] })
}

/** asked for along with every record, and never by an agent */
function isOwn(name: string): boolean {
  return name !== 'hs_merged_object_ids'
}

/** the rows of a batch that was written, and how many HubSpot refused */
export function readBatch(json: unknown): {
  readonly rows: readonly { readonly record: CrmRecord; readonly trace: string | undefined }[]
  readonly refused: number
} {
  if (!isRecord(json) || !Array.isArray(json['results'])) throw unexpected('no batch')
  const rows = (json['results'] as unknown[]).map((row) => {
    const trace = isRecord(row) ? row['objectWriteTraceId'] : undefined
    return { record: parseRecord(row), trace: typeof trace === 'string' ? trace : undefined }
  })
  const { errors } = json
  return { rows, refused: Array.isArray(errors) ? errors.length : 0 }
}

/** HubSpot did something else than was decided on: its owner has to know */
export function differs(operation: string, call: Call): Projected {
  call.log({ event: 'effect_differs', decisionId: call.decisionId, operation })
  return {
    ok: false,
    refusal: {
      code: 'upstream_failed',
      message: 'the provider answered with another record than was decided on: look at it',
      reason: 'effect_differs',
    },
  }
}
