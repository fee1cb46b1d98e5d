/** why a token text is not accepted as a token at all; `detail` is safe to show */
export interface TokenRefusal {
  readonly reason:
    'malformed' | 'too_large' | 'too_many_blocks' | 'unknown_key' | 'bad_signature' | 'not_admitted'
  readonly detail: string
}

/** carries a refusal out of the nested readers; never leaves this folder (see `refusalOf`) */
export class Refused extends Error {
  readonly refusal: TokenRefusal

  constructor(reason: TokenRefusal['reason'], detail: string) {
    super(detail)
    this.name = 'Refused'
    this.refusal = { reason, detail }
  }
}

export type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: TokenRefusal }

/** the one door between readers that throw `Refused` and callers that want a value; a bug passes through as it is */
export function attempt<T>(read: () => T): Attempt<T> {
  try {
    return { ok: true, value: read() }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal }
    throw error
  }
}

/** runs a reader of one block, so that its refusal says which block */
export function inBlock<T>(index: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new Refused(error.refusal.reason, `block ${index}: ${error.refusal.detail}`)
  }
}
