import { html, type Html } from './html.ts'
import { renderPage } from './layout.ts'

export interface SignInView {
  readonly action: string
  readonly formToken: string
  readonly email: string
  readonly problem?: string | undefined
  /** the agent whose request waits for this sign-in: its own words, cleaned */
  readonly waitingAgent?: string | undefined
}

export function renderSignInPage(view: SignInView): string {
  return renderPage({
    title: view.problem ? 'Could not sign in' : 'Sign in',
    content: html`<section class="narrow">
      <h1>Sign in</h1>
      ${view.waitingAgent !== undefined && renderWaitingAgent(view.waitingAgent)}
      ${view.problem && html`<p class="problem" role="alert" id="problem">${view.problem}</p>`}
      <form class="stack" method="post" action="${view.action}">
        <input type="hidden" name="form_token" value="${view.formToken}" />
        <div class="field">
          <label for="email">E-mail address</label>
          <input
            id="email"
            name="email"
            type="email"
            value="${view.email}"
            autocomplete="username"
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
    </section>`,
  })
}

function renderWaitingAgent(name: string): Html {
  return html`<p>
    An agent that calls itself <q class="agent-text">${name}</q> wants to work with your accounts.
    Sign in to see exactly what it asks for. Signing in allows nothing yet.
  </p>`
}
