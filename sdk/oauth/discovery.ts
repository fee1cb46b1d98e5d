import * as oauth from 'oauth4webapi'
import { RemitError } from '../errors.ts'

export interface Discovered {
  /** the front's RFC 8707 resource indicator */
  readonly resource: string
  readonly authority: oauth.AuthorizationServer
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])
const TIMEOUT_MS = 30_000

/** for every request to an authority: TLS, but on this machine, and an end */
export function requestOptions(url: URL): {
  [oauth.allowInsecureRequests]: boolean
  signal: () => AbortSignal
} {
  return {
    [oauth.allowInsecureRequests]: LOOPBACK.has(url.hostname),
    signal: () => AbortSignal.timeout(TIMEOUT_MS),
  }
}

/**
 * The authority of a front. Both say so: the front's RFC 9728 metadata has to name the front itself (§3.3), the authority's
 * RFC 8414 metadata the issuer it was asked for (§3.3), and whatever list of fronts it publishes has to have this one.
 */
export async function findAuthority(front: string, expected?: string): Promise<Discovered> {
  try {
    const metadata = await readMetadata(new URL(front))
    const issuer = pickIssuer(metadata.authorization_servers ?? [], expected)
    const response = await oauth.discoveryRequest(issuer, {
      algorithm: 'oauth2',
      ...requestOptions(issuer),
    })
    const authority = await oauth.processDiscoveryResponse(issuer, response)
    assertServes(authority, metadata.resource)
    return { resource: metadata.resource, authority }
  } catch (cause) {
    if (cause instanceof RemitError) throw cause
    const said = cause instanceof Error ? cause.message : 'unknown error'
    throw failed(`${front}: the authority cannot be found: ${said}`, cause)
  }
}

/** at the well-known address, or where the front's challenge says, on the front's own origin */
async function readMetadata(front: URL): Promise<oauth.ResourceServer> {
  const options = requestOptions(front)
  const known = await oauth.resourceDiscoveryRequest(front, options)
  if (known.status === 200) return oauth.processResourceDiscoveryResponse(front, known)
  await known.body?.cancel()
  const challenged = await fetch(front, { redirect: 'manual', signal: options.signal() })
  await challenged.body?.cancel()
  const [, address] =
    /resource_metadata="([^"]+)"/.exec(challenged.headers.get('www-authenticate') ?? '') ?? []
  const url = address === undefined ? null : URL.parse(address)
  if (url?.origin !== front.origin) throw failed(`${front.origin}: no metadata of a front there`)
  const answer = await fetch(url, { redirect: 'manual', signal: options.signal() })
  return oauth.processResourceDiscoveryResponse(front, answer)
}

function pickIssuer(issuers: readonly string[], expected: string | undefined): URL {
  const issuer = expected === undefined ? issuers[0] : issuers.find((one) => one === expected)
  const url = issuer === undefined ? null : URL.parse(issuer)
  if (url === null) {
    throw failed(`the front names ${expected === undefined ? 'no authority' : 'another authority'}`)
  }
  if (url.protocol !== 'https:' && !LOOPBACK.has(url.hostname)) {
    throw failed(`the authority ${url.origin} is not behind TLS`)
  }
  return url
}

/** RFC 9728 §4 */
function assertServes(authority: oauth.AuthorizationServer, resource: string): void {
  const fronts: unknown = authority['protected_resources']
  if (Array.isArray(fronts) && !fronts.includes(resource)) {
    throw failed(`the authority ${authority.issuer} does not know the front ${resource}`)
  }
}

function failed(message: string, cause?: unknown): RemitError {
  return new RemitError('discovery_failed', message, { cause })
}
