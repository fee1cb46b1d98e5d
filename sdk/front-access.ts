import { RemitError } from './errors.ts'
import { proveRequest, type ProofKeyPair } from './proof-key.ts'

/** a token, the front it is for, and the key it is bound to, if it is bound to one */
export interface FrontAccessOptions {
  /** the front's origin */
  readonly front: string
  /** the token, or where a fresh one comes from */
  readonly token: string | (() => Promise<string>)
  /** when the token is bound to a key */
  readonly key?: ProofKeyPair | undefined
}

/**
 * A token and the one origin that may see it. Every stock client of this package asks here for the headers of each request,
 * and a request to any other host gets none.
 */
export class FrontAccess {
  /** the front's origin */
  readonly front: string
  readonly #token: () => Promise<string>
  readonly #key: ProofKeyPair | undefined
  #nonce: string | undefined

  /** @internal */
  constructor({ front, token, key }: FrontAccessOptions) {
    this.front = toOrigin(front)
    this.#token = typeof token === 'string' ? async () => Promise.resolve(token) : token
    this.#key = key
  }

  /**
   * What authorises this one request: `authorization`, and `dpop` when the token is bound to a key.
   *
   * @throws RemitError `foreign_origin` for a host that is not the front
   */
  async headersFor(method: string, url: string | URL): Promise<Record<string, string>> {
    const target = new URL(url)
    if (target.origin !== this.front) {
      throw new RemitError(
        'foreign_origin',
        `the token is for ${this.front} only: a request to ${target.origin} was stopped`,
      )
    }
    const token = await this.#token()
    if (this.#key === undefined) return { authorization: `Bearer ${token}` }
    const proof = await proveRequest(this.#key, { method, url: target }, token, this.#nonce)
    return { authorization: `DPoP ${token}`, dpop: proof }
  }

  /** remembers the nonce of an answer (RFC 9449 §8.2); true when the same request should be sent once more with it */
  learn(status: number, headers: { get(name: string): string | null }): boolean {
    const nonce = headers.get('dpop-nonce')
    const isNew = nonce !== null && nonce !== this.#nonce
    if (nonce !== null) this.#nonce = nonce
    const challenge = headers.get('www-authenticate') ?? ''
    return (
      this.#key !== undefined && isNew && status === 401 && challenge.includes('use_dpop_nonce')
    )
  }

  /**
   * As the global `fetch`, for the front alone: a redirect is an error.
   *
   * @throws RemitError `foreign_origin` for a host that is not the front
   * @example
   * const answer = await access.fetch(`${access.front}/gmail/v1/users/me/profile`)
   */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const send = async (): Promise<Response> => {
      const headers = new Headers(init.headers)
      const own = await this.headersFor(init.method ?? 'GET', url)
      for (const [name, value] of Object.entries(own)) headers.set(name, value)
      return fetch(url, { ...init, headers, redirect: 'error' })
    }
    const answer = await send()
    const again = this.learn(answer.status, answer.headers) && !isStream(init.body)
    return again ? send() : answer
  }
}

/**
 * A token that somebody handed over, such as a narrowed one for a sub-agent, for use with stock clients.
 *
 * @throws RemitError `discovery_failed` when `front` is not a bare origin
 * @example
 * import { gmail } from '@googleapis/gmail'
 *
 * const mailbox = gmail({ version: 'v1', auth: gmailAuth(frontAccess({ front, token })) })
 */
export function frontAccess(options: FrontAccessOptions): FrontAccess {
  return new FrontAccess(options)
}

function toOrigin(front: string): string {
  const url = URL.parse(front)
  if (url === null || url.href !== `${url.origin}/`) {
    throw new RemitError('discovery_failed', `a front has an origin to itself: ${front}`)
  }
  return url.origin
}

/** a body that can be read only once */
function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || 'pipe' in body)
}
