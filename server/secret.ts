import { inspect } from 'node:util'

const REDACTED = '[redacted]'

/** by definition and not by declaration: the type checker wants no computed name in an exported class */
function hideFromInspection(prototype: object): void {
  Object.defineProperty(prototype, inspect.custom, { value: () => REDACTED })
}

/** a secret string that no log, template or error report can print by accident */
export class SecretText {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  static {
    hideFromInspection(this.prototype)
  }
}

/** secret bytes: usable wherever bytes are, printable nowhere */
export class SecretBytes extends Uint8Array {
  /** what is cut out of a secret is plain bytes again, as the cryptography wants them */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }

  override toString(): string {
    return REDACTED
  }

  override toLocaleString(): string {
    return REDACTED
  }

  override join(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  static {
    hideFromInspection(this.prototype)
  }
}
