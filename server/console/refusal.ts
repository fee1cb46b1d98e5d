/** a request the console will not carry out, as the page that says so; its message is written for the buyer */
export class PageRefusal extends Error {
  readonly status: 400 | 403 | 404 | 409 | 413 | 415 | 429 | 503
  readonly title: string

  constructor(
    status: PageRefusal['status'],
    title: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'PageRefusal'
    this.status = status
    this.title = title
  }
}
