import { deserialize, serialize } from 'node:v8'

const HEADER_BYTES = 4
const MAX_FRAME_BYTES = 64 * 1024 * 1024

/** a message as a structured clone behind its length, so that dates and bytes arrive as what they are */
export function toFrame(message: unknown): Buffer {
  const body = serialize(message)
  if (body.length > MAX_FRAME_BYTES)
    throw new FrameError(`a message of ${body.length} bytes is too large`)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(body.length)
  return Buffer.concat([header, body])
}

export class FrameError extends Error {
  readonly code = 'bad_frame'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FrameError'
  }
}

/** cuts a byte stream into messages; throws a `FrameError` for what cannot be one */
export class FrameReader {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(maxBytes: number = MAX_FRAME_BYTES) {
    this.#maxBytes = maxBytes
  }

  read(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const messages: unknown[] = []
    for (let size = this.#nextSize(); size !== undefined; size = this.#nextSize()) {
      messages.push(parse(this.#take(HEADER_BYTES + size).subarray(HEADER_BYTES)))
    }
    return messages
  }

  /** the length of the first frame, once all of it is here */
  #nextSize(): number | undefined {
    if (this.#bytes < HEADER_BYTES) return undefined
    if ((this.#chunks[0]?.length ?? 0) < HEADER_BYTES) this.#chunks = [Buffer.concat(this.#chunks)]
    const size = this.#chunks[0]?.readUInt32BE() ?? 0
    // before anything is kept: the announced length is the sender's to choose
    if (size > this.#maxBytes) throw new FrameError(`a frame of ${size} bytes is too large`)
    return this.#bytes < HEADER_BYTES + size ? undefined : size
  }

  #take(bytes: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined
    const joined = all ?? Buffer.concat(this.#chunks)
    this.#chunks = joined.length > bytes ? [joined.subarray(bytes)] : []
    this.#bytes -= bytes
    return joined.subarray(0, bytes)
  }
}

function parse(body: Buffer): unknown {
  try {
    return deserialize(body)
  } catch (cause) {
    throw new FrameError('a frame holds no message', { cause })
  }
}
