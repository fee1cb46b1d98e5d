import { randomBytes } from 'node:crypto'

/** attachments above this many ids are forgotten, oldest first */
const MAX_REMEMBERED = 20_000

export interface AttachmentReference {
  readonly messageId: string
  readonly partId: string
}

/**
 * Gmail gives an attachment a new, long id each time its message is fetched; the ids given before go on working for a
 * while. They say where the bytes are by themselves: the message id beside them in the path is not compared.
 */
export class AttachmentIds {
  readonly #references: Map<string, AttachmentReference> = new Map()

  issue(reference: AttachmentReference): string {
    const id = `ANGjdJ${randomBytes(240).toString('base64url')}`
    this.#references.set(id, reference)
    if (this.#references.size > MAX_REMEMBERED) {
      const oldest = this.#references.keys().next().value
      if (oldest !== undefined) this.#references.delete(oldest)
    }
    return id
  }

  resolve(id: string): AttachmentReference | undefined {
    return this.#references.get(id)
  }

  /** the while is over: every id given so far stops working */
  forget(): void {
    this.#references.clear()
  }
}
