import { html } from './html.ts'
import { renderPage } from './layout.ts'

export function renderErrorPage(title: string, message: string): string {
  return renderPage({
    title,
    content: html`<section class="narrow">
      <h1>${title}</h1>
      <p>${message}</p>
      <p><a href="/">Go to the console</a></p>
    </section>`,
  })
}
