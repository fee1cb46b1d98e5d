import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import type { AttachmentIds } from './attachment-ids.ts'
import type { Call } from './call.ts'
import {
  GoogleError,
  invalidArgument,
  insufficientScopes,
  unauthenticated,
  unknownPathPage,
} from './errors.ts'
import { parseJsonObject } from './json.ts'
import type { Mailbox } from './mailbox.ts'
import { applyFields } from './partial-response.ts'
import { headerValue, headerValues } from './recorded-request.ts'
import { jsonReply, type Reply } from './reply.ts'
import { matchRoute, type Matched } from './router.ts'
import type { SentMail } from './sent-mail.ts'
import { coversRoute } from './scopes.ts'
import type { Issued, TokenEndpoint } from './token-endpoint.ts'
import { splitRelated, type Upload } from './uploads.ts'

export interface IncomingRequest {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

interface UploadSession {
  readonly verb: string
  readonly target: string
  readonly metadata: Buffer
  readonly chunks: Buffer[]
}

export interface ApiState {
  readonly mailbox: Mailbox
  readonly attachmentIds: AttachmentIds
  readonly tokenEndpoint: TokenEndpoint
  readonly now: () => number
}

/** the API itself: one decoded request in, one reply out, the mailbox changed in between */
export class GmailApi {
  readonly #state: ApiState
  readonly #uploads: Map<string, UploadSession> = new Map()

  constructor(state: ApiState) {
    this.#state = state
  }

  /** the method that a request would reach; undefined when there is none */
  findRoute(request: IncomingRequest): string | undefined {
    return this.#match(request)?.route.name
  }

  async handle(request: IncomingRequest, deliver: (mail: SentMail) => void): Promise<Reply> {
    try {
      const matched = this.#match(request)
      if (!matched) {
        const page = Buffer.from(unknownPathPage(request.target))
        return { status: 404, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: page }
      }
      const { account, scopes } = this.#authenticate(request)
      this.#checkUser(matched.userId)
      if (!coversRoute(scopes, matched.route.name)) throw insufficientScopes()
      return await this.#invoke(matched, request, account, deliver)
    } catch (error) {
      if (!(error instanceof GoogleError)) throw error
      return jsonReply(error.status, error.body, error.headers)
    }
  }

  #match(request: IncomingRequest): Matched | undefined {
    // Google's web server believes the header; a proxy that only looked at the request line does not
    const override = headerValue(request.rawHeaders, 'x-http-method-override')
    const session = this.#session(request)
    try {
      return matchRoute(session?.verb ?? (override ?? request.method).toUpperCase(), request.target)
    } catch {
      return undefined
    }
  }

  #authenticate(request: IncomingRequest): Issued {
    const values = headerValues(request.rawHeaders, 'authorization')
    const match = /^Bearer ([^\s]+)$/.exec(values[0] ?? '')
    const issued = this.#state.tokenEndpoint.find(match?.[1] ?? '')
    if (values.length !== 1 || issued === undefined) throw unauthenticated()
    return issued
  }

  /** the credential reaches the whole domain: any address in it is served, from the one mailbox there is */
  #checkUser(userId: string): void {
    const domain = this.#state.mailbox.account.split('@')[1] ?? ''
    const user = userId.toLowerCase()
    if (user !== 'me' && !user.endsWith(`@${domain}`)) {
      throw new GoogleError(
        403,
        `Delegation denied for ${this.#state.mailbox.account}`,
        'forbidden',
      )
    }
  }

  async #invoke(
    matched: Matched,
    request: IncomingRequest,
    account: string,
    deliver: (mail: SentMail) => void,
  ): Promise<Reply> {
    const query = queryOf(request.target)
    const body = decodeBody(request)
    const upload = matched.isUpload ? this.#readUpload(request, query, body) : undefined
    if (upload && 'status' in upload) return upload
    const call: Call = {
      mailbox: this.#state.mailbox,
      account,
      attachmentIds: this.#state.attachmentIds,
      route: matched.route.name,
      params: matched.params,
      query,
      json: parseJsonObject(upload ? upload.metadata : body),
      media: upload?.media,
      now: this.#state.now(),
      deliver,
    }
    const answer = await matched.route.method(call)
    const fields = query.get('fields') ?? headerValue(request.rawHeaders, 'x-goog-fieldmask')
    return jsonReply(answer.status, applyFields(answer.json, fields), answer.headers)
  }

  #readUpload(request: IncomingRequest, query: URLSearchParams, body: Buffer): Upload | Reply {
    const contentType = headerValue(request.rawHeaders, 'content-type') ?? ''
    const type = query.get('uploadType') ?? query.get('upload_protocol')
    if (type === 'resumable') return this.#resume(request, query, body)
    if (type === 'multipart' || contentType.startsWith('multipart/related')) {
      return splitRelated(contentType, body)
    }
    return { metadata: Buffer.alloc(0), media: body }
  }

  #resume(request: IncomingRequest, query: URLSearchParams, body: Buffer): Upload | Reply {
    const session = this.#session(request)
    if (!session) {
      const id = `AHmUCY${randomBytes(60).toString('base64url')}`
      const { method: verb, target } = request
      this.#uploads.set(id, { verb, target, metadata: body, chunks: [] })
      const host = headerValue(request.rawHeaders, 'host') ?? ''
      query.set('upload_id', id)
      const path = target.split('?')[0] ?? ''
      const location = `http://${host}${path}?${query.toString()}`
      return {
        status: 200,
        headers: { location, 'x-guploader-uploadid': id },
        body: Buffer.alloc(0),
      }
    }
    session.chunks.push(body)
    const received = session.chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const range = headerValue(request.rawHeaders, 'content-range')
    const total = /\/(\d+)$/.exec(range ?? '')?.[1]
    const isLast = range === undefined || (total !== undefined && received >= Number(total))
    if (!isLast) {
      return { status: 308, headers: { range: `bytes=0-${received - 1}` }, body: Buffer.alloc(0) }
    }
    this.#uploads.delete(query.get('upload_id') ?? '')
    return { metadata: session.metadata, media: Buffer.concat(session.chunks) }
  }

  #session(request: IncomingRequest): UploadSession | undefined {
    return this.#uploads.get(queryOf(request.target).get('upload_id') ?? '')
  }
}

function queryOf(target: string): URLSearchParams {
  const start = target.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : target.slice(start + 1))
}

function decodeBody(request: IncomingRequest): Buffer {
  if (headerValue(request.rawHeaders, 'content-encoding') !== 'gzip') return request.body
  try {
    return gunzipSync(request.body)
  } catch {
    throw invalidArgument('Invalid compressed payload')
  }
}
