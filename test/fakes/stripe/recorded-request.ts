export interface RecordedRequest {
  readonly method: string
  /** as it came: a dot segment that a front forwards must be seen */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
