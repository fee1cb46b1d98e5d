import { createHmac } from 'node:crypto'

const WINDOW_MS = 60_000

/**
 * Nonces that this front hands out (RFC 9449 §9). Nothing is stored: a nonce is a keyed hash of the minute, so every replica
 * with the key gives and takes the same ones. The minute before is taken because answers travel, the minute after because
 * another replica's clock may be ahead.
 */
export class DpopNonces {
  /** whether a proof without one is refused */
  readonly required: boolean
  readonly #key: Uint8Array
  #made: { readonly window: number; readonly taken: readonly string[] } | undefined

  constructor({ key, required }: { readonly key: Uint8Array; readonly required: boolean }) {
    this.#key = key
    this.required = required
  }

  /** the one to use from now on; `now` in milliseconds */
  current(now: number): string {
    return this.#around(now)[0] ?? ''
  }

  accepts(nonce: string, now: number): boolean {
    return this.#around(now).includes(nonce)
  }

  #around(now: number): readonly string[] {
    const window = Math.floor(now / WINDOW_MS)
    if (this.#made?.window !== window) {
      this.#made = { window, taken: [window, window - 1, window + 1].map((one) => this.#make(one)) }
    }
    return this.#made.taken
  }

  #make(window: number): string {
    return createHmac('sha256', this.#key).update(String(window)).digest('base64url').slice(0, 22)
  }
}
