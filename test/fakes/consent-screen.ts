import { createHash, randomBytes } from 'node:crypto'

export interface ConsentScreenRules {
  readonly name: string
  /** the page itself; its form is posted to the same path */
  readonly path: string
  readonly clientId: string
  readonly accounts: readonly string[]
  readonly knownScopes: readonly string[]
  /** every parameter that may stand in a request; those in `required` must */
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** what the owner may not untick */
  readonly fixedScopes: readonly string[]
  readonly makeCode: () => string
  readonly now: () => number
}

export interface GrantedCode {
  readonly account: string
  readonly scopes: readonly string[]
  /** the request that it was consented to */
  readonly request: ReadonlyMap<string, string>
}

interface IssuedCode extends GrantedCode {
  readonly expiresAt: number
}

export interface ScreenReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const CODE_LIFE_MS = 60_000

/**
 * The page on which an account's owner says yes or no, and the codes that come of it. Stricter than the real ones: a parameter
 * that it does not know, or that stands there twice, ends the request on the spot.
 */
export class ConsentScreen {
  /** what the application has registered: compared letter by letter */
  readonly redirectUris: Set<string> = new Set()
  /** the requests that came to the page, as they were asked */
  readonly requests: ReadonlyMap<string, string>[] = []
  /** in the answer; undefined: as it should be */
  issuer: string | undefined
  readonly rules: ConsentScreenRules
  readonly #pages: Map<string, ReadonlyMap<string, string>> = new Map()
  readonly #codes: Map<string, IssuedCode> = new Map()
  readonly #spent: Set<string> = new Set()

  constructor(rules: ConsentScreenRules) {
    this.rules = rules
  }

  reset(): void {
    this.requests.length = 0
    this.issuer = undefined
    this.#pages.clear()
    this.#codes.clear()
    this.#spent.clear()
  }

  handles(target: string): boolean {
    return (target.split('?')[0] ?? '') === this.rules.path
  }

  answer(method: string, target: string, body: string, origin: string): ScreenReply {
    if (method === 'GET') return this.#show(new URL(target, origin).searchParams)
    if (method === 'POST') return this.#decide(new URLSearchParams(body), origin)
    return page(405, 'Not like this')
  }

  /** RFC 6749 §4.1.3, RFC 7636 §4.6: undefined is `invalid_grant`, whatever was wrong. A code that comes twice is worth nothing */
  redeem(form: URLSearchParams): GrantedCode | 'replayed' | undefined {
    const code = form.get('code') ?? ''
    if (this.#spent.has(code)) return 'replayed'
    const issued = this.#codes.get(code)
    if (!issued) return undefined
    this.#codes.delete(code)
    this.#spent.add(code)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight =
      issued.expiresAt > this.rules.now() &&
      form.get('client_id') === issued.request.get('client_id') &&
      form.get('redirect_uri') === issued.request.get('redirect_uri') &&
      challenge === issued.request.get('code_challenge')
    return isRight ? issued : undefined
  }

  #show(query: URLSearchParams): ScreenReply {
    const { required, optional, clientId, accounts, name, knownScopes } = this.rules
    const request = new Map(query)
    if (request.get('client_id') !== clientId) return page(401, 'Error 401: invalid_client')
    // until here nothing may go back: the address is not known to be the application's
    if (!this.redirectUris.has(request.get('redirect_uri') ?? '')) {
      return page(400, 'Error 400: redirect_uri_mismatch')
    }
    const names = [...query.keys()]
    const problem =
      names.find((one, n) => names.indexOf(one) !== n) ??
      names.find((one) => !required.includes(one) && !optional.includes(one)) ??
      required.find((one) => !request.get(one))
    if (problem !== undefined) return page(400, `Error 400: invalid_request: ${escape(problem)}`)
    if (request.get('response_type') !== 'code') return page(400, 'unsupported_response_type')
    if (request.get('code_challenge_method') !== 'S256') return page(400, 'Error 400: only S256')
    if (!/^[\w-]{43}$/.test(request.get('code_challenge') ?? '')) return page(400, 'bad challenge')
    const scopes = scopesOf(request)
    const unknown = scopes.find((one) => !knownScopes.includes(one))
    if (unknown !== undefined) return page(400, `Error 400: invalid_scope ${escape(unknown)}`)
    this.requests.push(request)
    const id = randomBytes(12).toString('hex')
    this.#pages.set(id, request)
    const hint = request.get('login_hint') ?? accounts[0]
    return page(
      200,
      `${name} asks`,
      `<form method="post" action="${this.rules.path}"><input type="hidden" name="page" value="${id}" />
      ${accounts.map((one) => `<label><input type="radio" name="account" value="${escape(one)}"${one === hint ? ' checked' : ''} />${escape(one)}</label>`).join('')}
      ${scopes.map((one) => `<label><input type="checkbox" name="scope:${escape(one)}" checked />${escape(one)}</label>`).join('')}
      <button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>`,
    )
  }

  #decide(form: URLSearchParams, origin: string): ScreenReply {
    const request = this.#pages.get(form.get('page') ?? '')
    if (!request) return page(400, 'This page is out of date')
    this.#pages.delete(form.get('page') ?? '')
    const account = form.get('account') ?? ''
    const back = new URL(request.get('redirect_uri') ?? '')
    const answer = { state: request.get('state') ?? '', iss: this.issuer ?? origin }
    if (form.get('decision') !== 'allow') {
      return redirect(back, { error: 'access_denied', ...answer })
    }
    if (!this.rules.accounts.includes(account)) return page(400, 'no such account')
    const scopes = scopesOf(request).filter(
      (one) => this.rules.fixedScopes.includes(one) || form.get(`scope:${one}`) === 'on',
    )
    const code = this.rules.makeCode()
    const expiresAt = this.rules.now() + CODE_LIFE_MS
    this.#codes.set(code, { account, scopes, request, expiresAt })
    return redirect(back, { ...answer, code, scope: scopes.join(' '), authuser: '0' })
  }
}

function scopesOf(request: ReadonlyMap<string, string>): string[] {
  return ['scope', 'optional_scope']
    .flatMap((name) => (request.get(name) ?? '').split(' '))
    .filter((one) => one !== '')
}

function redirect(back: URL, parameters: Readonly<Record<string, string>>): ScreenReply {
  for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value)
  return { status: 302, headers: { location: back.href }, body: '' }
}

function page(status: number, title: string, content = ''): ScreenReply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html><title>${title}</title><link rel="icon" href="data:,"><h1>${title}</h1>${content}`,
  }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

export interface Choice {
  readonly account?: string
  readonly untick?: readonly string[]
  readonly deny?: boolean
}

/** what an owner does on the page, without a browser; answers the address that she is sent back to, or the page's refusal */
export async function consentAt(url: string, choice: Choice = {}): Promise<string> {
  const shown = await fetch(url, { redirect: 'manual' })
  const text = await shown.text()
  if (shown.status !== 200) throw new Error(`the consent screen answered ${shown.status}: ${text}`)
  const form = new URLSearchParams()
  for (const [, tag = ''] of text.matchAll(/<input\b([^>]*)>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1] ?? ''
    const isChosen = !/type="(radio|checkbox)"/.test(tag) || / checked/.test(tag)
    if (isChosen) form.set(name, /value="([^"]*)"/.exec(tag)?.[1] ?? 'on')
  }
  if (choice.account !== undefined) form.set('account', choice.account)
  for (const scope of choice.untick ?? []) form.delete(`scope:${scope}`)
  form.set('decision', choice.deny === true ? 'deny' : 'allow')
  const { origin, pathname } = new URL(url)
  const action = new URL(pathname, origin)
  const decided = await fetch(action, { method: 'POST', body: form, redirect: 'manual' })
  const location = decided.headers.get('location')
  if (location === null) throw new Error(`the consent screen answered ${decided.status}`)
  return location
}
