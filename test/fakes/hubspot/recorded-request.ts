/** one request, byte for byte; written down as soon as its headers are there, whatever becomes of it */
export class RecordedRequest {
  readonly method: string
  /** the request target as it stood in the request line */
  readonly target: string
  readonly rawHeaders: readonly string[]
  body: Buffer = Buffer.alloc(0)
  /** false while the body is still coming, and for ever when the client left before its end */
  isComplete = false
  /** the operation it reached, e.g. `objects.search`; undefined when there is none, and until then */
  route: string | undefined
  /** whether that operation changes anything; unknown ones count as changes */
  isEffect = true
  /** the status that was answered, undefined when nothing was (yet) */
  status: number | undefined

  constructor(method: string, target: string, rawHeaders: readonly string[]) {
    this.method = method
    this.target = target
    this.rawHeaders = rawHeaders
  }

  /** as it came: a dot segment that a front forwards must be seen */
  get path(): string {
    return this.target.split('?')[0] ?? ''
  }

  get query(): URLSearchParams {
    const start = this.target.indexOf('?')
    return new URLSearchParams(start === -1 ? '' : this.target.slice(start + 1))
  }

  /** the body read as JSON; undefined when it is none */
  get json(): unknown {
    try {
      return JSON.parse(this.body.toString()) as unknown
    } catch {
      return undefined
    }
  }

  header(name: string): string | undefined {
    return this.headers(name)[0]
  }

  headers(name: string): string[] {
    const { rawHeaders } = this
    return rawHeaders.filter(
      (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name.toLowerCase(),
    )
  }
}
