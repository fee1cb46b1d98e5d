/** enough of a browser to walk the pages over HTTP: cookies by path, same-origin headers on forms, no scripts */
export class Browser {
  /** by name and path: each of an agent's requests has a cookie of the same name on a path of its own */
  readonly #jar = new Map<string, { name: string; value: string; path: string }>()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  cookie(name: string): string | undefined {
    return this.#jar.get(`${name} /`)?.value
  }

  setCookie(name: string, value: string): void {
    this.#jar.set(`${name} /`, { name, value, path: '/' })
  }

  async get(url: string): Promise<Page> {
    return this.#request(url, { method: 'GET' })
  }

  async post(
    url: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    return this.#request(url, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: this.#origin, 'sec-fetch-site': 'same-origin', ...headers },
    })
  }

  /** follows redirects on this server; stops at the first that leaves it */
  async follow(page: Page): Promise<Page> {
    let current = page
    for (let hops = 0; hops < 10; hops += 1) {
      const location = current.location
      if (location === undefined || new URL(location).origin !== this.#origin) return current
      current = await this.get(location)
    }
    throw new Error('too many redirects')
  }

  async #request(url: string, init: RequestInit): Promise<Page> {
    const target = new URL(url, this.#origin)
    const cookie = [...this.#jar.values()]
      .filter(
        ({ path }) =>
          target.pathname === path ||
          target.pathname.startsWith(path.endsWith('/') ? path : `${path}/`),
      )
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const headers = {
      accept: 'text/html',
      ...(init.headers as Record<string, string>),
      ...(cookie && { cookie }),
    }
    const response = await fetch(target, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#store(line)
    const location = response.headers.get('location')
    return {
      url: target.href,
      status: response.status,
      headers: response.headers,
      location: location === null ? undefined : new URL(location, target).href,
      text: await response.text(),
    }
  }

  #store(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split('=')
    const path =
      attributes.find((attribute) => attribute.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
    const gone = attributes.some((attribute) =>
      /^(max-age=0|expires=thu, 01 jan 1970)/iu.test(attribute),
    )
    if (gone || value === '') this.#jar.delete(`${name} ${path}`)
    else this.#jar.set(`${name} ${path}`, { name, value, path })
  }
}

export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly location: string | undefined
  readonly text: string
}

/** what a browser would send for the form with this action if nobody touched it */
export function fieldsOf(page: Page, action: string | RegExp): Record<string, string> {
  const forms = [...page.text.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gsu)]
  const form = forms.find(([, attributes = '']) => {
    const found = /action="([^"]*)"/u.exec(attributes)?.[1] ?? ''
    return typeof action === 'string' ? found === action : action.test(found)
  })
  if (!form) throw new Error(`no form for ${String(action)} on ${page.url}`)
  const fields: Record<string, string> = {}
  const controls = (form[2] ?? '').matchAll(
    /<input\b([^>]*)>|<(textarea|select)\b([^>]*)>(.*?)<\/\2\s*>/gsu,
  )
  for (const [, input, tag, other = '', content = ''] of controls) {
    const attributes = input ?? other
    const name = attribute(attributes, 'name')
    if (name === undefined) continue
    const type = attribute(attributes, 'type')
    if ((type === 'checkbox' || type === 'radio') && !/\bchecked\b/u.test(attributes)) continue
    if (tag === 'textarea') fields[name] = decode(content.replace(/^\n/u, ''))
    else if (tag === 'select') fields[name] = selected(content)
    else fields[name] = attribute(attributes, 'value') ?? 'on'
  }
  return fields
}

function selected(options: string): string {
  const all = [...options.matchAll(/<option\b([^>]*)>/gu)].map(([, attributes = '']) => attributes)
  const chosen = all.find((attributes) => /\bselected\b/u.test(attributes)) ?? all[0] ?? ''
  return attribute(chosen, 'value') ?? ''
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`, 'u').exec(attributes)?.[1]
  return value === undefined ? undefined : decode(value)
}

function decode(text: string): string {
  const characters: Record<string, string> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
    '&amp;': '&',
  }
  return text.replaceAll(/&(?:lt|gt|quot|#39|amp);/gu, (entity) => characters[entity] ?? entity)
}
