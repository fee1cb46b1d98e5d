import type { RecordEntry, RecordOutcome } from '../../adapters/ports.ts'

/** larger than any decoded request: a bug, or an agent that tries to fill the disk through us */
const MAX_CHARS = 262_144

/** the row that an entry becomes, as the text of a JSON object; throws when it is too large or cannot be written */
export function toRecordJson(
  entry: RecordEntry,
  outcome: RecordOutcome | undefined,
  finishedAt: number | undefined,
): string {
  return toStorableJson({
    id: entry.id,
    at: toInstant(entry.at),
    provider: entry.provider,
    grant_id: entry.grantId,
    client_id: entry.clientId,
    operation: entry.operation,
    request: entry.request,
    facts: entry.facts,
    decision: entry.decision,
    reason: entry.reason,
    caveat: entry.caveat,
    explanation: entry.explanation,
    lineage: entry.lineage,
    outcome: outcome?.outcome ?? 'pending',
    upstream_status: outcome?.upstreamStatus,
    finished_at: toInstant(finishedAt),
    spent: entry.spent,
  })
}

/** what the end of a call adds to its intent */
export function toOutcomeJson(
  entry: RecordEntry,
  outcome: RecordOutcome,
  finishedAt: number,
): string {
  return toStorableJson({
    id: entry.id,
    facts: entry.facts,
    decision: entry.decision,
    reason: entry.reason,
    caveat: entry.caveat,
    explanation: entry.explanation,
    outcome: outcome.outcome,
    upstream_status: outcome.upstreamStatus,
    finished_at: toInstant(finishedAt),
  })
}

/**
 * PostgreSQL refuses NUL and half of a surrogate pair in text. A request may hold either, and one such row would fail the
 * group it is in and with it other agents' calls: they are stored as U+FFFD.
 */
function toStorableJson(value: unknown): string {
  const json = JSON.stringify(value)
  if (json.length > MAX_CHARS) {
    throw new Error(`a record of ${json.length} characters is too large to keep`)
  }
  return UNSTORABLE.test(json) ? json.replace(UNSTORABLE_ALL, '$1\\ufffd') : json
}

/** JSON.stringify escapes these two and no other way; an even number of backslashes before means a literal one */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/
const UNSTORABLE_ALL = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g

/** the rows of a group share a few milliseconds, and writing an instant is the dearest part of a row */
let lastInstant = { milliseconds: 0, text: new Date(0).toISOString() }

function toInstant(milliseconds: number | undefined): string | undefined {
  if (milliseconds === undefined) return undefined
  if (lastInstant.milliseconds !== milliseconds) {
    lastInstant = { milliseconds, text: new Date(milliseconds).toISOString() }
  }
  return lastInstant.text
}
