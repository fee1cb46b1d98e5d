import { icon, stylesheet, type Asset } from './assets.ts'
import { html, type Html } from './html.ts'

type Room = keyof typeof ROOMS | 'you' | 'developers'

const ROOMS = {
  grants: 'Agents',
  approvals: 'Approvals',
  activity: 'Activity',
  connections: 'Accounts',
} as const

export interface PageFrame {
  readonly title: string
  readonly content: Html
  /** who is signed in; the agent's request shows the name only, so that nobody leaves it half-way by mistake */
  readonly signedIn?: {
    readonly email: string
    readonly formToken?: string
    /** how many approvals wait */
    readonly waiting?: number
  }
  readonly room?: Room
  /** a page has none unless it says so, and `security-headers` lets in no other */
  readonly script?: Asset
}

export function renderPage(page: PageFrame): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${page.title} · Remit</title>
        <link rel="stylesheet" href="${stylesheet.path}" />
        <link rel="icon" type="image/svg+xml" href="${icon.path}" />
        ${page.script && html`<script defer src="${page.script.path}"></script>`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        ${renderHeader(page)}
        <main id="main" tabindex="-1">${page.content}</main>
        ${page.signedIn?.formToken !== undefined && renderFooter(page)}
      </body>
    </html>`.toString()
}

function renderHeader({ signedIn, room }: PageFrame): Html {
  const brand = html`<img src="${icon.path}" alt="" width="28" height="28" /><span>Remit</span>`
  if (!signedIn?.formToken) {
    return html`<header class="top">
      <span class="brand">${brand}</span>
      ${signedIn && html`<span class="who">${signedIn.email}</span>`}
    </header>`
  }
  return html`<header class="top">
    <a class="brand" href="/grants">${brand}</a>
    <nav aria-label="Rooms">
      ${Object.entries(ROOMS).map(
        ([name, label]) =>
          html`<a href="/${name}" ${room === name && html`aria-current="page"`}
            >${label}${name === 'approvals' && renderCount(signedIn.waiting)}</a
          > `,
      )}
    </nav>
    <form class="who" method="post" action="/sign-out">
      <a href="/you" ${room === 'you' && html`aria-current="page"`}
        >You<span class="unseen">, signed in as ${signedIn.email}</span></a
      >
      <input type="hidden" name="form_token" value="${signedIn.formToken}" />
      <button class="quiet">Sign out</button>
    </form>
  </header>`
}

function renderFooter({ room }: PageFrame): Html {
  return html`<footer class="bottom">
    <a href="/developers" ${room === 'developers' && html`aria-current="page"`}>For developers</a>
  </footer>`
}

function renderCount(waiting = 0): Html | undefined {
  if (waiting === 0) return undefined
  return html` <span class="count">${waiting}<span class="unseen"> waiting</span></span>`
}
