import { createHmac, timingSafeEqual } from 'node:crypto'

/** what a form token is bound to; each kind of form has its own, so that one never passes for another */
export type FormBinding =
  /** the sign-in page, before any session: bound to a random cookie */
  | { readonly form: 'sign-in'; readonly visitor: string }
  /** sign-in within an agent's request: bound to that request, whose own cookie oidc-provider checks */
  | { readonly form: 'consent-sign-in'; readonly interaction: string }
  /** a one-time link, opened in this browser */
  | { readonly form: 'welcome'; readonly visitor: string; readonly link: string }
  | { readonly form: 'consent'; readonly interaction: string; readonly session: string }
  | { readonly form: 'session'; readonly session: string }

export interface FormTokens {
  issue(binding: FormBinding): string
  accepts(token: string | undefined, binding: FormBinding): boolean
}

/** stateless: the same key in every process gives the same tokens, so any replica accepts another's form */
export function createFormTokens(key: Uint8Array): FormTokens {
  const digest = (binding: FormBinding): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify(Object.entries(binding).toSorted(([a], [b]) => (a < b ? -1 : 1))))
      .digest()
  return {
    issue: (binding) => digest(binding).toString('base64url'),
    accepts(token, binding) {
      const given = Buffer.from(token ?? '', 'base64url')
      const wanted = digest(binding)
      return given.length === wanted.length && timingSafeEqual(given, wanted)
    },
  }
}
