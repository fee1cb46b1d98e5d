import type { FrontEvent } from '../adapters/ports.ts'
import type { AuthorityEvent } from './authority/options.ts'
import type { ConsoleEvent } from './console/services.ts'
import type { NotificationEvent } from './notifications/notification.ts'
import { redact } from './redact.ts'

/** what the processes themselves have to say; a new kind of event is a new member here or in its own room */
type ServerEvent =
  | { readonly event: 'listening'; readonly role: string; readonly address: string }
  | { readonly event: 'stopping'; readonly signal: string | undefined }
  | { readonly event: 'stopped' }
  | { readonly event: 'migrated'; readonly migrations: readonly string[] }
  | { readonly event: 'database_error'; readonly error: string }
  | { readonly event: 'socket_unavailable'; readonly error: string }
  | { readonly event: 'revocations_stale'; readonly error: string }
  | { readonly event: 'revocations_fresh' }
  | { readonly event: 'not_acknowledged'; readonly error: string }
  | { readonly event: 'keys_not_refreshed'; readonly error: string }
  | { readonly event: 'key_unreadable'; readonly keyId: string; readonly error: string }
  | { readonly event: 'record_write_failed'; readonly records: number; readonly error: string }
  | {
      readonly event: 'connection_broken'
      readonly connectionId: string
      readonly provider: string
      readonly error: string
    }
  | {
      readonly event: 'reconciled'
      readonly decisionId: string
      readonly outcome: 'done' | 'failed'
    }
  | { readonly event: 'not_reconciled'; readonly decisionId: string; readonly error: string }
  | {
      readonly event: 'approvals_collapsed'
      readonly grantId: string
      readonly operation: string
    }
  | { readonly event: 'collected'; readonly rows: number }
  | { readonly event: 'collection_failed'; readonly error: string }

export type LogEvent = FrontEvent | AuthorityEvent | ConsoleEvent | NotificationEvent | ServerEvent
export type Log = (event: LogEvent) => void

/**
 * The operator's log: one JSON object per line, the event's name first. It is not the record of what agents did: that is
 * in the database.
 */
export function createLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  return (event) => {
    const { event: name, ...fields } = event
    write(JSON.stringify({ at: now().toISOString(), event: name, ...fields }, redactString))
  }
}

/** the last line of defence: secrets have types that do not print, but an error's text may quote one */
function redactString(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? redact(value) : value
}
