import { ConnectionError } from './ports.ts'
import type { Progress } from './progress.ts'
import { toConnectionRefusal } from './provider-client.ts'
import {
  effectNotRecorded,
  RecordFailure,
  recordFailed,
  recordShown,
  recordRefusal,
  reportInternal,
} from './recording.ts'
import type { Projected } from './operation.ts'
import { AdapterError, type Refusal } from './refusal.ts'

export type Answer =
  | {
      readonly ok: true
      readonly decisionId: string
      readonly body: string | Buffer
      /** 200, or 204 for one without a body, if not said */
      readonly status?: 201 | 207 | undefined
      /** JSON, if not said */
      readonly contentType?: string
    }
  | { readonly ok: false; readonly decisionId: string; readonly refusal: Refusal }

/** on record before it is answered */
export async function refuse(progress: Progress, refusal: Refusal): Promise<Answer> {
  return { ok: false, decisionId: progress.id, refusal: await recordRefusal(progress, refusal) }
}

/** what was found of a call that was made before; on record like any answer */
export async function toAnswerAgain(progress: Progress, projected: Projected): Promise<Answer> {
  if (!projected.ok) return refuse(progress, projected.refusal)
  const body = projected.bytes ?? toText(projected.body)
  progress.client?.assertClean(body)
  await recordShown(progress)
  return { ok: true, decisionId: progress.id, body }
}

/** empty: an answer without content */
export function toText(body: unknown): string {
  return body === undefined ? '' : JSON.stringify(body)
}

export const clientClosed: Refusal = {
  code: 'upstream_failed',
  message: 'the client left before the answer was there',
  reason: 'client_closed',
}

/** what a step threw, as the refusal that it is; a bug is one too, and is reported */
export function toRefusal(progress: Progress, error: unknown): Refusal {
  if (error instanceof RecordFailure) {
    return progress.client?.isEffectSent === true ? effectNotRecorded : recordFailed
  }
  if (error instanceof AdapterError) return error.refusal
  if (error instanceof ConnectionError) return toConnectionRefusal(error)
  reportInternal(progress, error)
  return {
    code: 'internal',
    message: 'something went wrong in this front',
    reason: 'internal_error',
  }
}
