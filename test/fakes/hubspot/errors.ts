import { randomUUID } from 'node:crypto'

interface ErrorDetail {
  readonly message: string
  readonly code?: string
  readonly context?: Readonly<Record<string, readonly string[]>>
}

interface ErrorExtra {
  readonly errors?: readonly ErrorDetail[]
  readonly context?: Readonly<Record<string, readonly string[]>>
  readonly headers?: Readonly<Record<string, string>>
  /** members that only some of HubSpot's errors have */
  readonly more?: Readonly<Record<string, unknown>>
}

/** an error in the shape that HubSpot gives it */
export class HubspotError extends Error {
  readonly status: number
  readonly category: string
  readonly extra: ErrorExtra

  constructor(status: number, category: string, message: string, extra: ErrorExtra = {}) {
    super(message)
    this.name = 'HubspotError'
    this.status = status
    this.category = category
    this.extra = extra
  }

  /** as it stands in the `errors` of a batch */
  get entry(): Readonly<Record<string, unknown>> {
    const { errors, context } = this.extra
    return {
      status: 'error',
      category: this.category,
      message: this.message,
      context: context ?? {},
      errors: errors ?? [],
      links: {},
    }
  }

  get body(): Readonly<Record<string, unknown>> {
    const { errors, context, more } = this.extra
    return {
      status: 'error',
      message: this.message,
      correlationId: randomUUID(),
      category: this.category,
      ...(context && { context }),
      ...(errors && { errors }),
      ...more,
    }
  }
}

export function badRequest(message: string, extra?: ErrorExtra): HubspotError {
  return new HubspotError(400, 'VALIDATION_ERROR', message, extra)
}

export function invalidJson(): HubspotError {
  return badRequest('Invalid input JSON: the body is not what this endpoint reads')
}

export function notFound(what: string): HubspotError {
  return new HubspotError(404, 'OBJECT_NOT_FOUND', `Object not found: ${what}`)
}

/** what is wrong with one property of a write */
export interface PropertyFault {
  readonly name: string
  readonly code: string
  readonly message: string
}

export function invalidProperties(faults: readonly PropertyFault[]): HubspotError {
  const shown = faults.map(({ name, code, message }) => ({
    isValid: false,
    message,
    error: code,
    name,
  }))
  return badRequest(`Property values were not valid: ${JSON.stringify(shown)}`, {
    errors: faults.map(({ name, code, message }) => ({
      message,
      code,
      context: { propertyName: [name] },
    })),
  })
}

export function unauthenticated(message: string): HubspotError {
  return new HubspotError(401, 'INVALID_AUTHENTICATION', message)
}

/** HubSpot's answer when it is not in order, or has been asked too much */
export function serviceFailure(status: number, category?: string): HubspotError {
  if (status === 429) {
    return new HubspotError(
      429,
      category ?? 'RATE_LIMITS',
      'You have reached your ten_secondly_rolling limit.',
      {
        headers: { 'retry-after': '1' },
        more: { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' },
      },
    )
  }
  const name = category ?? (status < 500 ? 'VALIDATION_ERROR' : 'INTERNAL_ERROR')
  return new HubspotError(status, name, 'HubSpot could not do this now')
}
