import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server'
import { signInScript } from '../assets.ts'
import { maxPasswordLength, minPasswordLength } from '../buyers.ts'
import { html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import { renderPasskeyPart } from './passkey-part.ts'
import type { WelcomePurpose } from './welcome-links.ts'

export interface WelcomeView {
  readonly purpose: WelcomePurpose
  readonly action: string
  readonly formToken: string
  readonly email: string
  readonly passkey: PublicKeyCredentialCreationOptionsJSON | undefined
  readonly problem?: { readonly field: 'email' | 'password' | 'form'; readonly text: string }
}

const WORDS = {
  first: {
    title: 'Welcome to Remit',
    lead: 'Make the first account. What agents do with your mail, your customers and your money is decided here, by you.',
    button: 'Create my account',
  },
  further: {
    title: 'Welcome to Remit',
    lead: 'Make your account. What agents do with your mail, your customers and your money is decided here, by you.',
    button: 'Create my account',
  },
  recovery: {
    title: 'A new way to sign in',
    lead: 'Choose a new password or passkey. Your old password then opens nothing, and you are signed out everywhere else. Your agents and accounts stay as they are.',
    button: 'Save this password',
  },
} as const

export function renderWelcomePage(view: WelcomeView): string {
  const { purpose, problem } = view
  const words = WORDS[purpose.for]
  return renderPage({
    title: problem ? 'Please look again' : words.title,
    script: signInScript,
    content: html`<section class="narrow">
      <h1>${words.title}</h1>
      <p>${words.lead}</p>
      ${problem && html`<p class="problem" role="alert" id="problem">${problem.text}</p>`}
      <form class="stack" method="post" action="${view.action}">
        <input type="hidden" name="form_token" value="${view.formToken}" />
        <input type="hidden" name="zone" value="" />
        ${purpose.for === 'first' ? renderEmail(view) : renderKnown(purpose.email)}
        ${view.passkey && renderPasskey(view.passkey)} ${renderPassword(view)}
        <button class="primary">${words.button}</button>
      </form>
    </section>`,
  })
}

function renderEmail({ email, problem }: WelcomeView): Html {
  const wrong = problem?.field === 'email'
  return html`<div class="field">
    <label for="email">Your e-mail address</label>
    <input
      id="email"
      name="email"
      type="email"
      value="${email}"
      autocomplete="username"
      autocapitalize="none"
      spellcheck="false"
      maxlength="320"
      required
      ${wrong && html`aria-invalid="true" aria-describedby="problem"`}
    />
  </div>`
}

function renderKnown(email: string): Html {
  return html`<p class="known">Your e-mail address: <strong>${email}</strong></p>
    <input type="hidden" value="${email}" autocomplete="username" />`
}

function renderPasskey(options: PublicKeyCredentialCreationOptionsJSON): Html {
  return html`${renderPasskeyPart({
    kind: 'create',
    field: 'passkey',
    label: 'Use a passkey',
    options,
  })}`
}

function renderPassword({ problem }: WelcomeView): Html {
  const wrong = problem?.field === 'password'
  return html`<div class="field">
    <label for="password">Password</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="new-password"
      minlength="${minPasswordLength}"
      maxlength="${maxPasswordLength}"
      required
      aria-describedby="password-help${wrong && ' problem'}"
      ${wrong && html`aria-invalid="true"`}
    />
    <p class="hint" id="password-help">
      At least ${minPasswordLength} characters. A few words in a row are easy to remember.
    </p>
  </div>`
}
