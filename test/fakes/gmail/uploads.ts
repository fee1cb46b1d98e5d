import type { Call } from './call.ts'
import { invalidArgument } from './errors.ts'
import { toText, type JsonObject } from './json.ts'
import { parseMessage } from './mime/part.ts'

export interface Upload {
  readonly metadata: Buffer
  readonly media: Buffer
}

/** multipart/related: the metadata first, the message second; more parts are passed over, the last boundary may be missing */
export function splitRelated(contentType: string, body: Buffer): Upload {
  const head = Buffer.from(`Content-Type: ${contentType}\r\n\r\n`)
  const [metadata, media] = parseMessage(Buffer.concat([head, body])).parts
  if (!media) throw invalidArgument('Multipart must have 2 parts, but had fewer')
  return { metadata: metadata?.content ?? Buffer.alloc(0), media: media.content }
}

/** the raw message of a call: an upload, or base64url in the JSON, with or without padding, in either alphabet */
export function readMedia(call: Call, json: JsonObject = call.json): Buffer {
  if (call.media) return call.media
  const raw = toText(json['raw'])
  if (!raw)
    throw invalidArgument(
      "'raw' RFC822 payload message string or uploading message via /upload/* URL required",
    )
  return Buffer.from(raw, 'base64url')
}
