import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server'
import { signInScript } from '../assets.ts'
import { html } from '../html.ts'
import { renderPage } from '../layout.ts'
import type { Visit } from '../visit.ts'
import { renderPasskeyPart, renderUnable } from './passkey-part.ts'

export const PASSKEY_NAME_MAX = 60

export interface PasskeyView {
  readonly visit: Visit
  /** what it is called if she calls it nothing else */
  readonly name: string
  readonly problem: string | undefined
  readonly options: PublicKeyCredentialCreationOptionsJSON
}

export function renderPasskeyPage({ visit, name, problem, options }: PasskeyView): string {
  return renderPage({
    title: problem === undefined ? 'Add a passkey' : 'Please look again',
    room: 'you',
    signedIn: visit,
    script: signInScript,
    content: html`<section class="narrow">
      <h1>Add a passkey</h1>
      <p>Your device asks for your fingerprint, your face or its code. None of them leaves it.</p>
      ${problem !== undefined && html`<p class="problem" role="alert">${problem}</p>`}
      <form class="stack" method="post" action="/you/passkeys">
        <input type="hidden" name="form_token" value="${visit.formToken}" />
        <div class="field">
          <label for="name">What you call it</label>
          <input
            id="name"
            name="name"
            value="${name}"
            maxlength="${PASSKEY_NAME_MAX}"
            autocomplete="off"
            aria-describedby="name-help"
          />
          <p class="hint" id="name-help">So that you know it again in your list.</p>
        </div>
        <button disabled hidden>Enter in a field makes no passkey</button>
        ${renderPasskeyPart({
          kind: 'create',
          field: 'passkey',
          label: 'Make the passkey',
          options,
          primary: true,
        })}
        ${renderUnable('This browser makes no passkeys, or runs no scripts. Your password works.')}
      </form>
      <p><a href="/you">Go back</a></p>
    </section>`,
  })
}
