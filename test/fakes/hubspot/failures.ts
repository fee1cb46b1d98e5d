/** ways in which HubSpot answers wrongly, late or not at all; `executes`: only after it was done */
export type HubspotFailure =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly category?: string
      readonly executes?: boolean
    }
  | { readonly kind: 'reset'; readonly executes?: boolean }
  /** the right answer, late */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** the Authorization header comes back: in an error, or (200) in a record's properties beside what was asked */
  | { readonly kind: 'echo_credential'; readonly status?: 200 | 400 | 500 }
  | { readonly kind: 'not_json'; readonly executes?: boolean }
  /** so many bytes more than is right, without a Content-Length */
  | { readonly kind: 'oversized'; readonly bytes: number }
  /** what was asked is answered with another record of that type; in a list it stands in the first place */
  | { readonly kind: 'other_record'; readonly id: string }

/** whether the operation does its work before the failure shows */
export function executes(failure: HubspotFailure): boolean {
  switch (failure.kind) {
    case 'status':
    case 'reset':
    case 'not_json':
      return failure.executes ?? false
    case 'redirect':
      return false
    case 'echo_credential':
      return failure.status === 200
    case 'slow':
    case 'oversized':
    case 'other_record':
      return true
  }
}
