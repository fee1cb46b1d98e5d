/** an error in the shape that Google's API front ends give it */
export class GoogleError extends Error {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, reason: string, extra: GoogleErrorExtra = {}) {
    super(message)
    this.name = 'GoogleError'
    this.status = status
    this.headers = extra.headers ?? {}
    this.body = {
      error: {
        code: status,
        message,
        errors: [
          { message: extra.shortMessage ?? message, domain: 'global', reason, ...extra.location },
        ],
        status: STATUS_NAMES[status] ?? 'UNKNOWN',
      },
    }
  }
}

interface GoogleErrorExtra {
  readonly shortMessage?: string
  readonly location?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

export function notFound(): GoogleError {
  return new GoogleError(404, 'Requested entity was not found.', 'notFound')
}

export function invalidArgument(message: string): GoogleError {
  return new GoogleError(400, message, 'invalidArgument')
}

export function insufficientScopes(): GoogleError {
  return new GoogleError(
    403,
    'Request had insufficient authentication scopes.',
    'insufficientPermissions',
  )
}

export function unauthenticated(): GoogleError {
  return new GoogleError(
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    'authError',
    {
      shortMessage: 'Invalid Credentials',
      location: { location: 'Authorization', locationType: 'header' },
      headers: {
        'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
      },
    },
  )
}

const FAILURE_REASONS: Readonly<Record<number, readonly [string, string]>> = {
  429: ['Too many concurrent requests for user', 'rateLimitExceeded'],
  500: ['Internal error encountered.', 'backendError'],
  502: ['Bad Gateway', 'backendError'],
  503: ['The service is currently unavailable.', 'backendError'],
}

export function serviceFailure(status: number): GoogleError {
  const [message, reason] = FAILURE_REASONS[status] ?? ['Backend Error', 'backendError']
  return new GoogleError(status, message, reason, {
    headers: status === 429 || status === 503 ? { 'retry-after': '1' } : {},
  })
}

/** a path that no API knows is answered by Google's web server, not by an API: HTML */
export function unknownPathPage(path: string): string {
  const shown = path.replace(/[<>&"]/g, '')
  return `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 404 (Not Found)!!1</title>
  <p><b>404.</b> <ins>That\u2019s an error.</ins>
  <p>The requested URL <code>${shown}</code> was not found on this server.  <ins>That\u2019s all we know.</ins>
`
}
