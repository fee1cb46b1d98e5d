/** what Stripe refuses, in the words that a client sees */
export class StripeRefusal extends Error {
  readonly status: number
  readonly type: string
  readonly code: string | undefined
  readonly param: string | undefined
  constructor(
    status: number,
    type: string,
    code: string | undefined,
    message: string,
    param?: string,
  ) {
    super(message)
    this.status = status
    this.type = type
    this.code = code
    this.param = param
  }

  toBody(): object {
    const { type, code, message, param } = this
    return { error: { type, ...(code && { code }), message, ...(param && { param }) } }
  }
}

export function invalid(message: string, code?: string, param?: string): StripeRefusal {
  return new StripeRefusal(400, 'invalid_request_error', code, message, param)
}

/** a thing of the path is 404, one that a parameter names 400 */
export function missing(kind: string, id: string, param?: string): StripeRefusal {
  const message = `No such ${kind}: '${id}'`
  const status = param === undefined ? 404 : 400
  return new StripeRefusal(status, 'invalid_request_error', 'resource_missing', message, param)
}

export function unknownUrl(method: string, path: string): StripeRefusal {
  const message = `Unrecognized request URL (${method}: ${path})`
  return new StripeRefusal(404, 'invalid_request_error', undefined, message)
}
