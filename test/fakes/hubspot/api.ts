import { matchRoute, type Matched } from './router.ts'
import type { Crm } from './crm.ts'
import { HubspotError, notFound, unauthenticated } from './errors.ts'
import { parseJson, toObject } from './json.ts'
import type { RecordedRequest } from './recorded-request.ts'
import type { Reply } from './replies.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

interface ApiState {
  readonly crm: Crm
  readonly tokenEndpoint: TokenEndpoint
  readonly now: () => number
}

/** the API itself: one recorded request in, one reply out, the CRM changed in between */
export class HubspotApi {
  readonly #state: ApiState

  constructor(state: ApiState) {
    this.#state = state
  }

  /** writes down which operation a request reaches, before anything is done */
  recognise(request: RecordedRequest): Matched | undefined {
    const matched = match(request)
    request.route = matched?.route.name
    request.isEffect = matched ? !matched.route.isRead : request.method !== 'GET'
    return matched
  }

  handle(request: RecordedRequest, matched: Matched | undefined): Reply {
    try {
      const portalId = this.#authenticate(request)
      if (!matched) throw notFound(request.path)
      const body = readBody(request)
      return matched.route.run({
        crm: this.#state.crm,
        portalId,
        params: matched.params,
        dialect: matched.dialect,
        query: request.query,
        json: toObject(body),
        body,
        bodyLength: request.body.length,
        target: request.target,
        now: this.#state.now(),
      })
    } catch (error) {
      if (!(error instanceof HubspotError)) throw error
      return { status: error.status, json: error.body, headers: error.extra.headers ?? {} }
    }
  }

  /** the portal that the token is of */
  #authenticate(request: RecordedRequest): string {
    // keys in the query were HubSpot's way until 2022: it says so to whoever still sends one
    if (request.query.has('hapikey')) {
      throw unauthenticated('API keys are no longer a way to log in: use an access token')
    }
    const values = request.headers('authorization')
    const token = /^Bearer (\S+)$/.exec(values[0] ?? '')?.[1]
    const { tokenEndpoint } = this.#state
    if (values.length === 1 && token && tokenEndpoint.accepts(token)) {
      return tokenEndpoint.portalOf(token)
    }
    throw unauthenticated('This is no access token, or one that has ended')
  }
}

function match(request: RecordedRequest): Matched | undefined {
  // a proxy that only looks at the request line does not believe this header; whatever stands behind it may
  const verb = request.header('x-http-method-override') ?? request.method
  try {
    return matchRoute(verb.toUpperCase(), request.target)
  } catch {
    return undefined
  }
}

/** files alone come in another form than JSON */
function readBody(request: RecordedRequest): unknown {
  const type = request.header('content-type') ?? ''
  const isJson = /^application\/json\b/i.test(type)
  if (isJson || request.body.length === 0) return parseJson(request.body)
  if (request.route?.startsWith('danger.')) return {}
  throw new HubspotError(415, 'VALIDATION_ERROR', `The body must be JSON, not ${type || 'nothing'}`)
}
