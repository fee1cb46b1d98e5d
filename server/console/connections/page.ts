import { PROVIDERS, type ProviderType } from '../../../capabilities/index.ts'
import { PROVIDER_NAMES } from '../consent/accounts.ts'
import { html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import type { Visit } from '../visit.ts'
import { renderConnection, type CardFrame } from './card-view.ts'
import { isPasted, renderOAuthForm, renderPasteForm } from './forms.ts'
import type { ListedConnection } from './list.ts'
import type { Notice } from './notice.ts'
import { OWNERS } from './owners.ts'

export interface ConnectionsView {
  readonly visit: Visit
  readonly connections: readonly ListedConnection[]
  readonly registered: ReadonlySet<ProviderType>
  /** what the operator has to register with a provider */
  readonly redirectUri: (provider: ProviderType) => string
  readonly wayBack: string | undefined
  readonly notices: readonly Notice[]
  /** what was pasted and refused: for which connection, or for a new one of which provider */
  readonly refused:
    | { readonly provider: ProviderType; readonly id: string | undefined; readonly problem: string }
    | undefined
}

export function renderConnectionsPage(view: ConnectionsView): string {
  const { visit, notices, refused, wayBack } = view
  return renderPage({
    title: refused === undefined ? 'Accounts' : 'Not connected',
    room: 'connections',
    signedIn: visit,
    content: html`<h1>Accounts</h1>
      <p class="lead">
        The accounts that you can let agents work with. Connecting one allows no agent anything, and
        no agent ever sees its password or key.
      </p>
      ${notices.map(renderNotice)} ${wayBack !== undefined && renderWayBack(wayBack)}
      ${PROVIDERS.map((provider) => renderProvider(provider, view))}`,
  })
}

function renderNotice({ text, isCare }: Notice): Html {
  return html`<p class="${isCare ? 'problem' : 'notice'}" role="${isCare ? 'alert' : 'status'}">
    ${text}
  </p>`
}

function renderWayBack(path: string): Html {
  return html`<p class="card waiting-request">
    An agent’s request waits for you. When your account is connected,
    <a href="${path}">go back to the request</a>.
  </p>`
}

function renderProvider(provider: ProviderType, view: ConnectionsView): Html {
  const { visit, registered, wayBack, refused } = view
  const name = PROVIDER_NAMES[provider]
  const own = view.connections.filter((one) => one.provider === provider)
  const again = refused?.id === undefined ? undefined : { id: refused.id, problem: refused.problem }
  const frame: CardFrame = {
    formToken: visit.formToken,
    reader: visit.reader,
    wayBack,
    registered,
    refused: again,
  }
  const problem =
    refused?.provider === provider && again === undefined ? refused.problem : undefined
  const isOpen = own.length === 0 || problem !== undefined
  return html`<section class="provider" id="${provider}" aria-labelledby="${provider}-name">
    <h2 id="${provider}-name">${name}</h2>
    ${own.map((one) => renderConnection(one, frame))}
    ${
      isOpen
        ? html`<div class="card">${renderNew(provider, view, frame, problem)}</div>`
        : html`<details class="another">
            <summary>Connect another ${name} account…</summary>
            <div class="card">${renderNew(provider, view, frame, problem)}</div>
          </details>`
    }
  </section>`
}

function renderNew(
  provider: ProviderType,
  view: ConnectionsView,
  frame: CardFrame,
  problem: string | undefined,
): Html {
  if (provider === 'stripe') return renderPasteForm(provider, frame, { problem })
  if (provider === 'hubspot' && frame.registered.has(provider)) {
    return html`${renderOAuthForm(provider, frame)}
      <details ${problem !== undefined && html`open`}>
        <summary>Or paste the token of a private app…</summary>
        ${renderPasteForm(provider, frame, { problem })}
      </details>`
  }
  if (frame.registered.has(provider)) return renderOAuthForm(provider, frame)
  return html`${isPasted(provider) && renderPasteForm(provider, frame, { problem })}
  ${renderUnregistered(provider, view.redirectUri(provider))}`
}

const SETTINGS = {
  gmail: ['REMIT_GOOGLE_CLIENT_ID', 'REMIT_GOOGLE_CLIENT_SECRET'],
  hubspot: ['REMIT_HUBSPOT_CLIENT_ID', 'REMIT_HUBSPOT_CLIENT_SECRET'],
} as const

/** who has to do what: nothing is offered that would fail */
function renderUnregistered(provider: 'gmail' | 'hubspot', redirectUri: string): Html {
  const { name } = OWNERS[provider]
  const [id, secret] = SETTINGS[provider]
  return html`<p>
      ${
        provider === 'gmail'
          ? 'Gmail cannot be connected here yet: this server is not registered with Google. You can do nothing about that yourself; whoever runs it can.'
          : 'Signing in at HubSpot is not set up here. Pasting a token works without.'
      }
    </p>
    <details>
      <summary>For whoever runs this server</summary>
      <p>
        Register a web application with ${name} and give it exactly this redirect URI:
        <code>${redirectUri}</code>
      </p>
      <p>
        Then set <code>${id}</code> and <code>${secret}</code> and start again. Until then
        <code>npm run remit -- connect ${provider}</code> connects an account from the command line.
      </p>
    </details>`
}
