import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import { html, type Html } from '../html.ts'

export type PasskeyPart = {
  /** of the form, that holds what the browser made */
  readonly field: string
  readonly label: string
  /** the one thing to do on this page */
  readonly primary?: boolean
} & (
  | {
      readonly kind: 'get'
      readonly options: PublicKeyCredentialRequestOptionsJSON
      /** also offered by the browser itself, among the suggestions of the e-mail field */
      readonly suggested?: boolean
    }
  | { readonly kind: 'create'; readonly options: PublicKeyCredentialCreationOptionsJSON }
)

/** the part of a form that `sign-in.js` brings to life; without it, and where a browser has no passkeys, it is not seen */
export function renderPasskeyPart(part: PasskeyPart): Html {
  const suggested = part.kind === 'get' && part.suggested === true && html` data-suggested`
  return html`<div
    class="passkey"
    data-passkey="${part.kind}"
    data-field="${part.field}"
    data-options="${JSON.stringify(part.options)}"
    ${suggested}
    hidden
  >
    <input type="hidden" name="${part.field}" value="" />
    <button type="button" ${part.primary && html`class="primary"`}>${part.label}</button>
    <p class="problem" role="alert" data-problem hidden>
      That did not work, and nothing has changed. Try again, or use another way.
    </p>
  </div>`
}
