import type { Form } from './form.ts'
import { html } from './html.ts'
import { renderPage } from './layout.ts'
import type { Visit } from './visit.ts'

/** never shown again, as the other fields are */
export const passwordField = 'confirm_password'

export interface StepUpView {
  readonly visit: Visit
  /** where the form goes that is being confirmed */
  readonly action: string
  readonly form: Form
  /** what is about to happen, in a sentence */
  readonly why: string
  readonly problem: string | undefined
}

export function renderStepUpPage({ visit, action, form, why, problem }: StepUpView): string {
  const fields = [...form].filter(([name]) => name !== passwordField)
  return renderPage({
    title: 'Is it you?',
    signedIn: { email: visit.email },
    content: html`<section class="narrow">
      <h1>Is it you?</h1>
      <p>${why} So that nobody does it who finds this screen open, confirm that it is you.</p>
      ${problem !== undefined && html`<p class="problem" role="alert" id="problem">${problem}</p>`}
      <form class="stack" method="post" action="${action}">
        ${fields.map(([name, value]) => html`<textarea hidden name="${name}">${'\n'}${value}</textarea>`)}
        <input type="hidden" value="${visit.email}" autocomplete="username" />
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
        <button class="primary">Confirm</button>
      </form>
      <p><a href="/grants">Leave everything as it is</a></p>
    </section>`,
  })
}
