import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const MAX_TOKEN_LENGTH = 2048

/**
 * A provider's page token, sealed for one grant, operation and query. Bare, it would say how far into the whole mailbox a
 * filtered page reached, and would continue another grant's or another query's list.
 */
export class PageTokens {
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
  }

  wrap(upstreamToken: string, boundTo: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(boundTo))
    const sealed = Buffer.concat([cipher.update(upstreamToken, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')
  }

  unwrap(pageToken: string, boundTo: string): string | undefined {
    if (pageToken.length > MAX_TOKEN_LENGTH || !/^[A-Za-z0-9_-]+$/.test(pageToken)) return undefined
    const bytes = Buffer.from(pageToken, 'base64url')
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const sealed = bytes.subarray(NONCE_BYTES, -TAG_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce)
      .setAAD(Buffer.from(boundTo))
      .setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')
    } catch {
      return undefined
    }
  }
}
