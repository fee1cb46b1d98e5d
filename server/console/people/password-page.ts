import { maxPasswordLength, minPasswordLength } from '../buyers.ts'
import { html } from '../html.ts'
import { renderPage } from '../layout.ts'
import type { Visit } from '../visit.ts'

export function renderPasswordPage(visit: Visit, problem: string | undefined): string {
  return renderPage({
    title: problem === undefined ? 'New password' : 'Please look again',
    room: 'you',
    signedIn: visit,
    content: html`<section class="narrow">
      <h1>New password</h1>
      <p>When it is saved, you are signed out everywhere else.</p>
      ${problem !== undefined && html`<p class="problem" role="alert" id="problem">${problem}</p>`}
      <form class="stack" method="post" action="/you/password">
        <input type="hidden" name="form_token" value="${visit.formToken}" />
        <input type="hidden" value="${visit.email}" autocomplete="username" />
        <div class="field">
          <label for="new_password">New password</label>
          <input
            id="new_password"
            name="new_password"
            type="password"
            autocomplete="new-password"
            minlength="${minPasswordLength}"
            maxlength="${maxPasswordLength}"
            required
            aria-describedby="new_password-help${problem !== undefined && ' problem'}"
            ${problem !== undefined && html`aria-invalid="true"`}
          />
          <p class="hint" id="new_password-help">
            At least ${minPasswordLength} characters. A few words in a row are easy to remember.
          </p>
        </div>
        <button class="primary">Save the new password</button>
      </form>
      <p><a href="/you">Keep the one I have</a></p>
    </section>`,
  })
}
