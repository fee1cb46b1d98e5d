import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { signInScript } from './assets.ts'
import { html, type Html } from './html.ts'
import { renderPage } from './layout.ts'
import { renderPasskeyPart } from './people/passkey-part.ts'

export interface SignInView {
  readonly action: string
  /** the address of this page */
  readonly page: string
  readonly formToken: string
  readonly email: string
  readonly problem?: string | undefined
  /** the agent whose request waits for this sign-in: its own words, cleaned */
  readonly waitingAgent?: string | undefined
  /** undefined: at this address there are no passkeys */
  readonly passkey: PublicKeyCredentialRequestOptionsJSON | undefined
  /** nobody has an account yet */
  readonly fresh?: boolean
}

export function renderSignInPage(view: SignInView): string {
  return renderPage({
    title: view.problem ? 'Could not sign in' : 'Sign in',
    script: signInScript,
    content: html`<section class="narrow">
      <h1>Sign in</h1>
      ${view.waitingAgent !== undefined && renderWaitingAgent(view.waitingAgent)}
      ${view.fresh && renderFresh()}
      ${view.problem && html`<p class="problem" role="alert" id="problem">${view.problem}</p>`}
      <form class="stack" method="post" action="${view.action}">
        <input type="hidden" name="form_token" value="${view.formToken}" />
        <input type="hidden" name="zone" value="" />
        <div class="field">
          <label for="email">E-mail address</label>
          <input
            id="email"
            name="email"
            type="email"
            value="${view.email}"
            autocomplete="username webauthn"
            autocapitalize="none"
            spellcheck="false"
            maxlength="320"
            required
            ${view.problem && html`aria-describedby="problem"`}
          />
        </div>
        <div class="field">
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            maxlength="256"
            required
            ${view.problem && html`aria-describedby="problem"`}
          />
        </div>
        <button class="primary">Sign in</button>
      </form>
      ${view.passkey && renderPasskeySignIn(view, view.passkey)}
    </section>`,
  })
}

function renderWaitingAgent(name: string): Html {
  return html`<p>
    An agent that calls itself <q class="agent-text">${name}</q> wants to work with your accounts.
    Sign in to see exactly what it asks for. Signing in allows nothing yet.
  </p>`
}

/** a form of its own: what stands in the fields above is not sent with it */
function renderPasskeySignIn(
  { action, page, formToken }: SignInView,
  options: PublicKeyCredentialRequestOptionsJSON,
): Html {
  return html`<form class="passkey-form" method="post" action="${action}">
    <input type="hidden" name="form_token" value="${formToken}" />
    <input type="hidden" name="zone" value="" />
    ${renderPasskeyPart({
      kind: 'get',
      field: 'passkey',
      label: 'Sign in with a passkey',
      options,
      suggested: true,
      again: page,
    })}
  </form>`
}

function renderFresh(): Html {
  return html`<p class="notice">
    Nobody has an account here yet. The link that makes the first one stands where this server was
    started; it is good for a day, and a restart prints a new one.
  </p>`
}
