import type { AttachmentIds } from './attachment-ids.ts'
import type { JsonObject } from './json.ts'
import type { Mailbox } from './mailbox.ts'
import type { View } from './resources.ts'
import { parseFormat } from './resources.ts'
import type { SentMail } from './sent-mail.ts'

/** one request on its way to a method, already authorised and decoded */
export interface Call {
  readonly mailbox: Mailbox
  /** whose the credential is */
  readonly account: string
  readonly attachmentIds: AttachmentIds
  readonly route: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly json: JsonObject
  /** the message of an upload, in whichever of Google's three protocols it came */
  readonly media: Buffer | undefined
  readonly now: number
  deliver(mail: SentMail): void
}

export interface Answer {
  readonly status: number
  /** left out: an answer without a body */
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Method = (call: Call) => Answer | Promise<Answer>

export interface Route {
  /** Google's name for the method, without `gmail.users.` */
  readonly name: string
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** below `/gmail/v1/users/{userId}/` */
  readonly template: string
  readonly method: Method
}

export function ok(json: unknown): Answer {
  return { status: 200, json }
}

export function noContent(): Answer {
  return { status: 204 }
}

export function param(call: Call, name: string): string {
  return call.params[name] ?? ''
}

export function viewOf(call: Call): View {
  return {
    format: parseFormat(call.query.get('format')),
    metadataHeaders: call.query.getAll('metadataHeaders'),
    attachmentIds: call.attachmentIds,
  }
}
