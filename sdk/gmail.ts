/**
 * Google's own client on a front. Needs Node and `google-auth-library`, which comes with every Google client.
 *
 * @module remit-sdk/gmail
 */
import { OAuth2Client } from 'google-auth-library'
import type { FrontAccess } from './front-access.ts'

type Options = NonNullable<Parameters<OAuth2Client['transporter']['request']>[0]>
type Answer<Body> = ReturnType<typeof OAuth2Client.prototype.transporter.request<Body>>

/** where Google's clients go when nothing, or not everything, was pointed elsewhere; media uploads ignore a `rootUrl` */
const GOOGLE = /^(?:[a-z0-9-]+\.)*googleapis\.com$/

/**
 * The `auth` of `googleapis` and `@googleapis/gmail`: no `rootUrl` is needed. Whatever the client would send to Google goes
 * to the front, media uploads included; a request to any other host is an error, and no redirect is followed.
 *
 * @example
 * import { gmail } from '@googleapis/gmail'
 *
 * const mailbox = gmail({ version: 'v1', auth: gmailAuth(access) })
 */
export function gmailAuth(access: FrontAccess): OAuth2Client {
  return new FrontAuth(access)
}

/** has no credentials of its own, so that no inherited method has a token to give away */
class FrontAuth extends OAuth2Client {
  readonly #access: FrontAccess

  constructor(access: FrontAccess) {
    super()
    this.#access = access
  }

  override async getRequestHeaders(url?: string | URL): Promise<Headers> {
    return new Headers(await this.#access.headersFor('GET', url ?? 'about:blank'))
  }

  protected override async requestAsync<Body>(options: Options): Answer<Body> {
    const url = toFront(options, this.#access.front)
    const send = async (): Answer<Body> => {
      const headers = new Headers(options.headers as ConstructorParameters<typeof Headers>[0])
      const own = await this.#access.headersFor(options.method ?? 'GET', url)
      for (const [name, value] of Object.entries(own)) headers.set(name, value)
      const { baseURL: _base, ...rest } = options
      return this.transporter.request<Body>({ ...rest, url, headers, redirect: 'error' })
    }
    try {
      const answer = await send()
      this.#access.learn(answer.status, answer.headers)
      return answer
    } catch (error) {
      const { response } = error as { response?: { status: number; headers: Headers } }
      const again = response && this.#access.learn(response.status, response.headers)
      if (!again || isStream(options.data)) throw error
      return send()
    }
  }
}

function toFront(options: Options, front: string): string {
  const url = new URL(options.url ?? '', options.baseURL)
  return url.protocol === 'https:' && GOOGLE.test(url.hostname)
    ? `${front}${url.pathname}${url.search}`
    : url.href
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'pipe' in body
}
