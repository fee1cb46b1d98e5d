import type { SentMail } from './sent-mail.ts'

/** one request to the API, byte for byte; written down as soon as its headers are there, whatever becomes of it */
export interface RecordedRequest {
  readonly method: string
  /** the request target as it stood in the request line */
  readonly target: string
  readonly rawHeaders: readonly string[]
  body: Buffer
  /** false while the body is still coming, and for ever when the client left before its end */
  complete: boolean
  /** the method it reached, e.g. `messages.send`; undefined when none was found, and until then */
  route: string | undefined
  /** the status that was answered, undefined when nothing was (yet) */
  status: number | undefined
  /** what it sent, if it sent mail */
  mail: SentMail | undefined
}

export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name.toLowerCase(),
  )
}

export function headerValue(rawHeaders: readonly string[], name: string): string | undefined {
  return headerValues(rawHeaders, name)[0]
}
