import { html } from '../html.ts'
import { renderPage } from '../layout.ts'
import type { Visit } from '../visit.ts'

export interface ConnectProblem {
  readonly title: string
  /** what happened, and that nothing was connected */
  readonly what: string
  readonly advice: string
  readonly status: 400 | 403 | 503
}

export function renderProblemPage(
  problem: ConnectProblem,
  visit: Visit,
  room: { readonly path: string },
): string {
  return renderPage({
    title: problem.title,
    room: 'connections',
    signedIn: visit,
    content: html`<section>
      <h1>${problem.title}</h1>
      <p>${problem.what}</p>
      <p>${problem.advice}</p>
      <p><a class="button" href="${room.path}">Back to your accounts</a></p>
    </section>`,
  })
}
