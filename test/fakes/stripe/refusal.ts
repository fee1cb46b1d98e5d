export class StripeRefusal extends Error {
  readonly status: number
  readonly type: string
  readonly code: string | undefined
  constructor(status: number, type: string, code: string | undefined, message: string) {
    super(message)
    this.status = status
    this.type = type
    this.code = code
  }
}

export function invalid(code: string, message: string): StripeRefusal {
  return new StripeRefusal(400, 'invalid_request_error', code, message)
}

export function notFound(path: string): StripeRefusal {
  const message = `Unrecognized request URL (${path})`
  return new StripeRefusal(404, 'invalid_request_error', undefined, message)
}
