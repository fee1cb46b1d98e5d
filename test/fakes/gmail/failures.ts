/** ways in which an upstream answers wrongly, late or not at all */
export type Failure =
  /** Google's own error for this status. `executes`: the method did its work all the same */
  | { readonly kind: 'status'; readonly status: number; readonly executes?: boolean }
  /** no answer while the connection lives */
  | { readonly kind: 'hang'; readonly executes?: boolean }
  /** the connection is reset before a byte of the answer */
  | { readonly kind: 'reset'; readonly executes?: boolean }
  /** the right answer, late */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** the right answer with so many bytes more in it, sent as fast as they are taken, without a Content-Length */
  | { readonly kind: 'oversized'; readonly bytes: number }
  /** well-framed HTTP whose JSON ends in the middle */
  | { readonly kind: 'truncated_json' }
  | { readonly kind: 'invalid_json' }
  /** the connection is reset in the middle of the body that Content-Length promised */
  | { readonly kind: 'cut_body' }
  | { readonly kind: 'content_type'; readonly contentType: string }
  | { readonly kind: 'slow_body'; readonly chunkBytes: number; readonly pauseMilliseconds: number }
  /**
   * The Authorization header comes back in the body and a header, of an error or of a success (200). `escaped` writes it in
   * JSON's escapes, so that the bytes do not contain it and the parsed answer does.
   */
  | { readonly kind: 'echo_credential'; readonly status?: number; readonly escaped?: boolean }

export interface FailureOptions {
  /** only requests that reach this method (`messages.send`), or whose target matches */
  readonly route?: string | RegExp
  readonly times?: number
}

interface Planned {
  readonly failure: Failure
  readonly route: string | RegExp | undefined
  left: number
}

export class FailurePlan {
  #planned: Planned[] = []

  add(failure: Failure, options: FailureOptions = {}): void {
    this.#planned.push({ failure, route: options.route, left: options.times ?? 1 })
  }

  /** the failure for this request, if one is due; it is used up */
  take(route: string | undefined, target: string): Failure | undefined {
    const found = this.#planned.find((planned) => concerns(planned.route, route, target))
    if (!found) return undefined
    found.left--
    this.#planned = this.#planned.filter((planned) => planned.left > 0)
    return found.failure
  }

  clear(): void {
    this.#planned = []
  }
}

function concerns(
  wanted: string | RegExp | undefined,
  route: string | undefined,
  target: string,
): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? wanted === route : wanted.test(target)
}

/** whether the method does its work before the failure shows */
export function executes(failure: Failure): boolean {
  switch (failure.kind) {
    case 'status':
    case 'hang':
    case 'reset':
      return failure.executes ?? false
    case 'redirect':
      return false
    case 'echo_credential':
      return (failure.status ?? 500) < 400
    case 'delay':
    case 'oversized':
    case 'truncated_json':
    case 'invalid_json':
    case 'cut_body':
    case 'content_type':
    case 'slow_body':
      return true
  }
}
