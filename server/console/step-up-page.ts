import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { signInScript } from './assets.ts'
import type { Form } from './form.ts'
import { html, type Html } from './html.ts'
import { renderPage } from './layout.ts'
import { renderPasskeyPart, renderUnable } from './people/passkey-part.ts'
import type { Visit } from './visit.ts'

/** never shown again, as the other fields are */
export const passwordField = 'confirm_password'
export const passkeyProofField = 'confirm_passkey'
const PROOF_FIELDS: readonly string[] = [passwordField, passkeyProofField]

export interface StepUpView {
  readonly visit: Visit
  /** where the form goes that is being confirmed */
  readonly action: string
  readonly form: Form
  /** what is about to happen, in a sentence */
  readonly why: string
  readonly problem: string | undefined
  /** whether she has one */
  readonly password: boolean
  /** undefined: she has none, or not at this address */
  readonly passkey: PublicKeyCredentialRequestOptionsJSON | undefined
}

export function renderStepUpPage(view: StepUpView): string {
  const { visit, action, form, why, problem, password, passkey } = view
  const fields = [...form].filter(([name]) => !PROOF_FIELDS.includes(name))
  return renderPage({
    title: 'Is it you?',
    signedIn: { email: visit.email },
    ...(passkey && { script: signInScript }),
    content: html`<section class="narrow">
      <h1>Is it you?</h1>
      <p>${why} So that nobody does it who finds this screen open, confirm that it is you.</p>
      ${problem !== undefined && html`<p class="problem" role="alert" id="problem">${problem}</p>`}
      <form class="stack" method="post" action="${action}">
        ${fields.map(([name, value]) => html`<textarea hidden name="${name}">${'\n'}${value}</textarea>`)}
        ${
          passkey &&
          renderPasskeyPart({
            kind: 'get',
            field: passkeyProofField,
            label: 'Use a passkey',
            options: passkey,
            primary: !password,
          })
        }
        ${password ? renderPassword(view) : renderNoPassword(passkey !== undefined)}
      </form>
      <p><a href="/grants">Leave everything as it is</a></p>
    </section>`,
  })
}

function renderPassword({ visit, problem }: StepUpView): Html {
  return html`<input type="hidden" value="${visit.email}" autocomplete="username" />
    <div class="field">
      <label for="${passwordField}">Password</label>
      <input
        id="${passwordField}"
        name="${passwordField}"
        type="password"
        autocomplete="current-password"
        maxlength="256"
        required
        ${problem !== undefined && html`aria-describedby="problem"`}
      />
    </div>
    <button class="primary">Confirm</button>`
}

/** who has no password, where her passkeys cannot be used */
function renderNoPassword(passkey: boolean): Html {
  if (!passkey) {
    return html`<p class="problem">
      You have no password, and passkeys do not work at this address. Whoever runs this server can
      send you a recovery link.
    </p>`
  }
  return renderUnable(
    'You have no password here, and this browser has no passkeys. Use another one.',
  )
}
