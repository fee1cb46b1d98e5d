import type { OAuthProvider } from '../../state/authorization-server.ts'
import type { Ability } from './abilities.ts'
import { html } from '../html.ts'
import { renderPage } from '../layout.ts'
import type { Visit } from '../visit.ts'
import { OWNERS } from './owners.ts'

/**
 * A page and not a redirect: browsers hold `form-action` against the whole chain of redirects that a form ends in, and on the pages
 * where keys are pasted a form must not be able to end anywhere else. The answer's `Refresh` header goes on by itself.
 */
export function renderLeavingPage(
  provider: OAuthProvider,
  { url, abilities, visit }: { url: string; abilities: readonly Ability[]; visit: Visit },
): string {
  const { name } = OWNERS[provider]
  return renderPage({
    title: `On to ${name}`,
    room: 'connections',
    signedIn: visit,
    content: html`<section>
      <h1>You go on to ${name}</h1>
      <p>
        ${name} asks which account you mean and whether you allow this. Agents will then be able to
        do no more than this, and each of them only what you allow it:
      </p>
      <ul>
        ${abilities.map(({ label }) => html`<li>${label}</li>`)}
      </ul>
      <p>
        <a class="button primary" href="${url}" rel="noreferrer">Continue to ${name}</a>
      </p>
      <p class="hint">Come back within ten minutes. Until you do, nothing is connected.</p>
    </section>`,
  })
}
