import { playBuyer, type Decide, type PlayedTerms, type TestBuyer } from './oauth-authority.ts'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

type Arrival = { readonly arrivedAt: URL } | { readonly stuckAt: Response }

/** A buyer's browser: keeps cookies by path, follows redirects within the authority, stops where it leaves for the agent. */
export class Browser {
  readonly #fetch: typeof fetch
  readonly #headers: Record<string, string>
  #cookies: Cookie[] = []
  readonly visited: string[] = []

  constructor(
    buyer: TestBuyer,
    decide: Decide = (all) => all,
    options: { fetch?: typeof fetch } & PlayedTerms = {},
  ) {
    this.#fetch = options.fetch ?? fetch
    this.#headers = playBuyer(buyer, decide, options)
  }

  /** the address at which the browser arrives at the agent, or the page it is stuck at */
  async walk(start: string | URL): Promise<Arrival> {
    const tab = this.open(start)
    for (;;) {
      const step = await tab.next()
      if (step.done === true) return step.value
    }
  }

  /** the same a page at a time, for a person who has several tabs open */
  async *open(start: string | URL): AsyncGenerator<undefined, Arrival> {
    const origin = new URL(start).origin
    let url = new URL(start)
    for (let hops = 0; hops < 12; hops++) {
      if (url.origin !== origin) return { arrivedAt: url }
      const response = await this.#get(url)
      const location = response.headers.get('location')
      if (location === null) return { stuckAt: response }
      url = new URL(location, url)
      yield
    }
    throw new Error('the browser is sent round in circles')
  }

  async arrive(start: string | URL): Promise<URL> {
    const end = await this.walk(start)
    if ('arrivedAt' in end) return end.arrivedAt
    throw new Error(`stuck: ${end.stuckAt.status} ${await end.stuckAt.text()}`)
  }

  async #get(url: URL): Promise<Response> {
    this.visited.push(url.pathname)
    const cookies = this.#cookies
      .filter(
        ({ path }) =>
          url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`),
      )
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const response = await this.#fetch(url, {
      redirect: 'manual',
      headers: {
        ...this.#headers,
        accept: 'text/html',
        ...(cookies !== '' && { cookie: cookies }),
      },
    })
    for (const text of response.headers.getSetCookie()) this.#keep(text)
    return response
  }

  #keep(text: string): void {
    const [pair = '', ...attributes] = text.split(';').map((part) => part.trim())
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/'
    this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name || cookie.path !== path)
    if (value !== '') this.#cookies.push({ name, value, path })
  }
}
