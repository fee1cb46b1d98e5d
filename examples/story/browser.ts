/** A buyer's browser without the browser: cookies, redirects and the forms that the real pages carry. */

export interface Page {
  readonly url: URL
  readonly status: number
  readonly html: string
}

export interface Form {
  readonly action: URL
  readonly fields: [name: string, value: string][]
  /** every control's name, ticked or not, as the page shows it */
  readonly controls: readonly Control[]
}

interface Control {
  readonly name: string
  readonly type: string
  readonly value: string
  readonly checked: boolean
}

export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>()
  /** an address the browser must not open itself: the agent's redirect URI */
  readonly #stopAt: string

  constructor(stopAt: string) {
    this.#stopAt = stopAt
  }

  async open(url: string | URL): Promise<Page> {
    return this.#follow(new URL(url), { method: 'GET' })
  }

  async submit(form: Form, changes: (fields: URLSearchParams) => void = () => {}): Promise<Page> {
    const fields = new URLSearchParams(form.fields)
    changes(fields)
    return this.#follow(form.action, {
      method: 'POST',
      body: fields.toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: form.action.origin,
        'sec-fetch-site': 'same-origin',
      },
    })
  }

  async #follow(start: URL, first: RequestInit): Promise<Page> {
    let url = start
    let init = first
    for (let hop = 0; hop < 12; hop += 1) {
      if (url.href.startsWith(this.#stopAt)) return { url, status: 0, html: '' }
      const response = await fetch(url, {
        ...init,
        redirect: 'manual',
        headers: withCookies(init.headers, this.#cookieHeader(url)),
      })
      this.#keep(response)
      const html = await response.text()
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || location === null) {
        return { url, status: response.status, html }
      }
      url = new URL(location, url)
      init = { method: 'GET' }
    }
    throw new Error(`too many redirects from ${start.href}`)
  }

  #keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const equals = pair.indexOf('=')
      const name = pair.slice(0, equals)
      const path = attributes.find((a) => /^path=/i.test(a))?.slice(5) ?? '/'
      const gone = attributes.some(
        (a) => /^max-age=0$/i.test(a) || /^expires=Thu, 01 Jan 1970/i.test(a),
      )
      const key = `${name} ${path}`
      if (gone) this.#cookies.delete(key)
      else this.#cookies.set(key, { value: pair.slice(equals + 1), path })
    }
  }

  #cookieHeader(url: URL): string {
    return [...this.#cookies]
      .filter(([, cookie]) => url.pathname.startsWith(cookie.path))
      .map(([key, cookie]) => `${key.slice(0, key.indexOf(' '))}=${cookie.value}`)
      .join('; ')
  }
}

function withCookies(headers: RequestInit['headers'], cookie: string): Headers {
  const all = new Headers(headers)
  if (cookie !== '') all.set('cookie', cookie)
  return all
}

/** the form of a page whose action contains `part` */
export function findForm(page: Page, part: string): Form {
  for (const [, attributes = '', inner = ''] of page.html.matchAll(
    /<form\b([^>]*)>([\s\S]*?)<\/form>/g,
  )) {
    const action = new URL(attribute(attributes, 'action') ?? '', page.url)
    if (!action.pathname.includes(part)) continue
    const controls = [...readControls(inner)]
    const fields = controls
      .filter((c) => c.name !== '' && (!['checkbox', 'radio'].includes(c.type) || c.checked))
      .map((c): [string, string] => [c.name, c.value])
    return { action, fields, controls }
  }
  throw new Error(`no form towards ${part} on ${page.url.pathname} (status ${page.status})`)
}

function* readControls(html: string): Generator<Control> {
  for (const [, attributes = ''] of html.matchAll(/<input\b([^>]*?)\/?>/g)) {
    const type = attribute(attributes, 'type') ?? 'text'
    if (type === 'submit') continue
    yield {
      name: attribute(attributes, 'name') ?? '',
      type,
      value: attribute(attributes, 'value') ?? (type === 'checkbox' ? 'on' : ''),
      checked: /\bchecked\b/.test(attributes),
    }
  }
  for (const [, attributes = '', inner = ''] of html.matchAll(
    /<textarea\b([^>]*)>([\s\S]*?)<\/textarea>/g,
  )) {
    yield {
      name: attribute(attributes, 'name') ?? '',
      type: 'textarea',
      // HTML drops the first line break
      value: unescape(inner.replace(/^\n/, '')),
      checked: false,
    }
  }
  for (const [, attributes = '', inner = ''] of html.matchAll(
    /<select\b([^>]*)>([\s\S]*?)<\/select>/g,
  )) {
    const options = [...inner.matchAll(/<option\b([^>]*)>/g)].map(([, a = '']) => a)
    const chosen = options.find((o) => /\bselected\b/.test(o)) ?? options[0] ?? ''
    yield {
      name: attribute(attributes, 'name') ?? '',
      type: 'select',
      value: attribute(chosen, 'value') ?? '',
      checked: false,
    }
  }
}

function attribute(attributes: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`).exec(attributes)
  return match?.[1] === undefined ? undefined : unescape(match[1])
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

/** the page as a person reads it: tags gone, blank lines folded */
export function readableText(html: string): string {
  return unescape(
    html
      .replaceAll(/<(style|script)\b[\s\S]*?<\/\1>/g, '')
      .replaceAll(/<\/(p|li|h\d|tr|div|legend|label|dt|dd)>/g, '\n')
      .replaceAll(/<[^>]+>/g, ' '),
  )
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
}
