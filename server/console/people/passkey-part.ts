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
      /** the page's own address, where a new challenge is to be had when this one has run out */
      readonly again?: string
    }
  | { readonly kind: 'create'; readonly options: PublicKeyCredentialCreationOptionsJSON }
)

/** the part of a form that `sign-in.js` brings to life; without it, and where a browser has no passkeys, it is not seen */
export function renderPasskeyPart(part: PasskeyPart): Html {
  const suggested = part.kind === 'get' && part.suggested === true && html`data-suggested`
  const again = part.kind === 'get' && part.again !== undefined && html`data-again="${part.again}"`
  return html`<div
    class="passkey"
    data-passkey="${part.kind}"
    data-field="${part.field}"
    data-options="${JSON.stringify(part.options)}"
    ${suggested}
    ${again}
    hidden
  >
    <input type="hidden" name="${part.field}" value="" />
    <button type="button" ${part.primary && html`class="primary"`}>${part.label}</button>
    <p class="problem" role="alert" data-problem hidden>
      That did not work, and nothing has changed. Try again, or use another way.
    </p>
  </div>`
}

/** said where nothing but a passkey will do: at once without scripts, else if the browser turns out to have none */
export function renderUnable(text: string): Html {
  return html`<p class="problem" data-unable hidden>${text}</p>
    <noscript><p class="problem">${text}</p></noscript>`
}
