import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { RecordedRequest } from './request.ts'

/** of one request; `executes`: only after it was done */
export type StripeFailure =
  /** `saved`: a retry with the same key is answered with it again, as Stripe does with a 500 of its own */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly code?: string
      readonly executes?: boolean
      readonly saved?: boolean
    }
  | { readonly kind: 'reset'; readonly executes?: boolean }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'echo_credential' }
  | { readonly kind: 'not_json' }
  /** the right answer, late */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** no answer while the connection lives */
  | { readonly kind: 'timeout'; readonly executes?: boolean }
  /** 409: somebody else works on the same thing; nothing is done */
  | { readonly kind: 'lock_timeout' }
  /** the right answer with so many bytes more in it */
  | { readonly kind: 'oversized'; readonly bytes: number }
  | { readonly kind: 'content_type'; readonly contentType: string }
  /** the right answer, about another thing: its id is this one */
  | { readonly kind: 'other_object'; readonly id: string }
  /** every amount that was asked for is this one when it is done, and in the answer */
  | { readonly kind: 'other_amount'; readonly amount: number }
  /** the right answer, with these members said otherwise */
  | { readonly kind: 'differs'; readonly members: Readonly<Record<string, unknown>> }

export interface Reply {
  readonly status: number
  readonly text: string
  readonly replayed?: boolean
}

export interface Answering {
  readonly response: ServerResponse
  readonly request: RecordedRequest
  readonly apiKey: string
  /** what the key was answered before, else what this request does; `asked`: what is done in its place */
  execute: (asked?: RecordedRequest) => Reply
  /** what the key is answered from now on */
  keep: (reply: Reply, executes: boolean) => Reply
}

export async function fail(failure: StripeFailure, answering: Answering): Promise<void> {
  const { response, request, apiKey, execute, keep } = answering
  switch (failure.kind) {
    case 'status': {
      const error = { type: 'api_error', code: failure.code, message: 'An error of its own' }
      const reply = toReply(failure.status, { error })
      if (failure.saved) return send(response, keep(reply, failure.executes ?? false))
      if (failure.executes) execute()
      return send(response, reply)
    }
    case 'reset':
      if (failure.executes) execute()
      response.destroy()
      return undefined
    case 'redirect':
      response.writeHead(302, { location: failure.location }).end()
      return undefined
    case 'echo_credential': {
      const error = { type: 'invalid_request_error', message: `No such key: ${apiKey}` }
      return send(response, toReply(400, { error }))
    }
    case 'not_json':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>busy</html>')
      return undefined
    case 'slow': {
      const reply = execute()
      await wait(failure.milliseconds)
      return send(response, reply)
    }
    case 'timeout':
      if (failure.executes) execute()
      return undefined
    case 'lock_timeout': {
      const message = 'This object cannot be accessed right now: another request works on it'
      const error = { type: 'invalid_request_error', code: 'lock_timeout', message }
      return send(response, toReply(409, { error }))
    }
    case 'oversized': {
      const { status, text } = execute()
      const padding = ' '.repeat(failure.bytes)
      return send(response, { status, text: text + padding })
    }
    case 'content_type': {
      const { status, text } = execute()
      response.writeHead(status, { 'content-type': failure.contentType }).end(text)
      return undefined
    }
    case 'differs': {
      const { status, text } = execute()
      const body = { ...(JSON.parse(text) as object), ...failure.members }
      return send(response, toReply(status, body))
    }
    case 'other_object': {
      const { status, text } = execute()
      const body = { ...(JSON.parse(text) as object), id: failure.id }
      return send(response, toReply(status, body))
    }
    case 'other_amount': {
      const body = request.body.replaceAll(AMOUNT, `$1=${failure.amount}`)
      return send(response, execute({ ...request, body }))
    }
  }
}

const AMOUNT = /(?<![^&])((?:amount|[a-z_]+_amount|amount_to_capture))=-?\d+/g

export function toReply(status: number, body: unknown): Reply {
  return { status, text: JSON.stringify(body) }
}

export function send(response: ServerResponse, { status, text, replayed }: Reply): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': 'req_fake',
    ...(replayed && { 'idempotent-replayed': 'true' }),
  })
  response.end(text)
}
