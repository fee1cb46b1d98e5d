import { errors, type Client, type KoaContextWithOIDC } from 'oidc-provider'

const maxRedirectUris = 10
const maxUriLength = 2000
const maxNameLength = 120
const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** RFC 7591 members that the library does not know; naming them makes it call `assertClientMetadata` for every client */
export const extraClientProperties: readonly string[] = ['software_id', 'software_version']

/**
 * Hygiene for whatever registers: an open registration, a metadata document, the operator's own list. The library has checked
 * or will check the types that it knows; this is what it is lax about.
 */
export function assertClientMetadata(
  key: string,
  value: unknown,
  metadata: Readonly<Record<string, unknown>>,
): void {
  if (value !== undefined && !isShortText(value))
    refuse(`${key} must be a text of at most ${maxNameLength} characters`)
  if (key !== extraClientProperties[0]) return
  const name = metadata['client_name']
  if (name !== undefined && !isShortText(name)) {
    refuse(`client_name must be a text of at most ${maxNameLength} characters`)
  }
  const uris = metadata['redirect_uris']
  if (!Array.isArray(uris)) return
  if (uris.length > maxRedirectUris) refuse(`at most ${maxRedirectUris} redirect_uris`)
  uris.forEach(assertRedirectUri)
}

/** RFC 9700 §2.1, RFC 8252 §7.3: a code travels over TLS, to this machine, or to an app's own scheme */
function assertRedirectUri(uri: unknown): void {
  const url = typeof uri === 'string' && uri.length <= maxUriLength ? URL.parse(uri) : null
  if (!url) return refuse(`redirect_uris must be URIs of at most ${maxUriLength} characters`)
  if (url.username !== '' || url.password !== '') refuse('redirect_uris must not carry credentials')
  if (url.protocol === 'http:' && !loopbackHosts.has(url.hostname)) {
    refuse('redirect_uris with http must be on 127.0.0.1, [::1] or localhost: use https')
  }
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxNameLength
}

function refuse(message: string): never {
  throw new errors.InvalidClientMetadata(message)
}

/**
 * Which client ids are fetched as metadata documents. The library refuses what is not a plain https URL and, after connecting,
 * special-use addresses; a name without a dot or a bare address has no business being an agent's home either.
 */
export function mayFetchMetadata(clientId: string): boolean {
  const url = URL.parse(clientId)
  if (url?.protocol !== 'https:' || url.pathname === '/' || clientId.length > 512) return false
  if (url.port !== '' && url.port !== '443') return false
  return url.hostname.includes('.') && !/^[\d.]+$/.test(url.hostname)
}

/** a script in a browser may read answers only when its client is public and its page is where the client lives */
export function isOwnOrigin(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  if (client.clientAuthMethod !== 'none') return false
  return (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin)
}
