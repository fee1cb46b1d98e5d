import { MAX_CLIENTS, type RegisteredClient } from '../../authority/register-client.ts'
import { toAgentText } from '../agent-text.ts'
import type { Form } from '../form.ts'
import { flag, html, type Html } from '../html.ts'
import { countGrants } from '../count-text.ts'
import { renderPage } from '../layout.ts'
import { renderDay } from '../time-view.ts'
import type { Visit } from '../visit.ts'
import type { ClientProblems } from './client-form.ts'
import type { ListedClient } from './client-list.ts'
import {
  documentExample,
  DOCUMENT_ADDRESS,
  endpointsOf,
  proposalExample,
  pushExample,
  registrationExample,
  sdkExample,
  stockExample,
  type Addresses,
  type Example,
} from './examples.ts'

export interface DevelopersView extends Visit {
  readonly addresses: Addresses
  readonly clients: readonly ListedClient[]
  /** the one that was just registered: its secret is on this page and on no other */
  readonly registered: (RegisteredClient & { readonly name: string }) | undefined
  readonly removed: boolean
  readonly entered: Form | undefined
  readonly problems: ClientProblems
}

export function renderDevelopersPage(view: DevelopersView): string {
  const { addresses, email, formToken, waiting } = view
  return renderPage({
    title: view.problems.size > 0 ? 'Please check the form' : 'For developers',
    signedIn: { email, formToken, waiting },
    room: 'developers',
    content: html`<h1>For developers</h1>
      <p class="lead">
        What an agent needs to ask for access here and to use it. Nothing on this page gives anybody
        access: that takes a buyer’s yes.
      </p>
      ${view.registered && renderRegistered(view.registered)}
      ${view.removed && html`<p class="notice" role="status">The agent was removed.</p>`}
      <p><a href="/developers/token">Look into a token</a></p>
      <section aria-labelledby="addresses">
        <h2 id="addresses">Addresses of this server</h2>
        <dl class="facts">
          ${endpointsOf(addresses).map(
            ([name, address]) =>
              html`<div>
                <dt>${name}</dt>
                <dd><code>${address}</code></dd>
              </div>`,
          )}
        </dl>
      </section>
      ${renderForm(view)} ${renderClients(view)} ${renderOtherWays(addresses)}
      ${renderExamples(addresses)}`,
  })
}

function renderRegistered({
  name,
  clientId,
  clientSecret,
}: RegisteredClient & { name: string }): Html {
  return html`<section class="notice" role="status" aria-label="Registered">
    <p><strong>Registered:</strong> <q class="agent-text">${toAgentText(name)}</q></p>
    <dl class="facts">
      <div>
        <dt>Client id</dt>
        <dd><code>${clientId}</code></dd>
      </div>
      ${
        clientSecret !== undefined &&
        html`<div>
          <dt>Client secret</dt>
          <dd><code>${clientSecret}</code></dd>
        </div>`
      }
    </dl>
    ${
      clientSecret !== undefined &&
      html`<p>
        This is the only time that the secret is shown. Keep it where your passwords are. If it is
        lost, delete the agent and register it again.
      </p>`
    }
  </section>`
}

function renderForm({ formToken, clients, entered, problems }: DevelopersView): Html {
  const kind = entered?.get('kind') ?? 'public'
  const problem = (field: 'name' | 'redirect_uris' | 'kind' | 'form'): Html | undefined => {
    const text = problems.get(field)
    return text === undefined
      ? undefined
      : html`<p class="field-problem" id="${field}-problem">${text}</p>`
  }
  const marked = (field: 'name' | 'redirect_uris'): Html | false =>
    problems.has(field) && html`aria-invalid="true"`
  const described = (field: 'name' | 'redirect_uris'): string =>
    `${field}-help${problems.has(field) ? ` ${field}-problem` : ''}`
  return html`<section aria-labelledby="register">
    <h2 id="register">Register an agent</h2>
    ${
      problems.size > 0 &&
      html`<p class="problem" role="alert">
        ${problems.get('form') ?? 'Nothing was registered. Please look again at what is marked below.'}
      </p>`
    }
    ${
      clients.length >= MAX_CLIENTS
        ? html`<p>You have registered ${MAX_CLIENTS} agents, which is all. Delete one first.</p>`
        : html`<form class="stack" method="post" action="/developers/clients">
            <input type="hidden" name="form_token" value="${formToken}" />
            <div class="field">
              <label for="name">Name</label>
              <input
                id="name"
                name="name"
                maxlength="80"
                autocomplete="off"
                value="${entered?.get('name') ?? ''}"
                aria-describedby="${described('name')}"
                ${marked('name')}
              />
              <p class="hint" id="name-help">What buyers read when it asks them.</p>
              ${problem('name')}
            </div>
            <div class="field">
              <label for="redirect_uris">Where the browser comes back to</label>
              <textarea
                id="redirect_uris"
                name="redirect_uris"
                rows="3"
                spellcheck="false"
                autocapitalize="none"
                aria-describedby="${described('redirect_uris')}"
                ${marked('redirect_uris')}
              >
${entered?.get('redirect_uris') ?? ''}</textarea>
              <p class="hint" id="redirect_uris-help">
                One address per line (redirect URIs), with https, or with http on 127.0.0.1, or with
                a scheme of an app’s own.
              </p>
              ${problem('redirect_uris')}
            </div>
            <fieldset class="plain">
              <legend>Can it keep a secret?</legend>
              <label class="tick"
                ><input
                  type="radio"
                  name="kind"
                  value="public"
                  ${flag('checked', kind === 'public')}
                /><span>No: it runs with its user, in an app or a browser</span></label
              >
              <label class="tick"
                ><input
                  type="radio"
                  name="kind"
                  value="confidential"
                  ${flag('checked', kind === 'confidential')}
                /><span>Yes: it runs on a server of yours, and gets a secret</span></label
              >
              ${problem('kind')}
            </fieldset>
            <p><button class="primary">Register</button></p>
          </form>`
    }
  </section>`
}

function renderClients({ clients, formToken, reader }: DevelopersView): Html {
  return html`<section aria-labelledby="clients">
    <h2 id="clients">Agents that you registered</h2>
    ${clients.length === 0 && html`<p class="hint">None yet.</p>`}
    ${clients.map(
      (client) =>
        html`<article class="card" aria-labelledby="client-${client.clientId}">
          <h3 id="client-${client.clientId}">
            <q class="agent-text">${toAgentText(client.name) || client.clientId}</q>
          </h3>
          <dl class="facts">
            <div>
              <dt>Client id</dt>
              <dd><code>${client.clientId}</code></dd>
            </div>
            <div>
              <dt>Kind</dt>
              <dd>${client.isConfidential ? 'With a secret' : 'Public'}</dd>
            </div>
            <div>
              <dt>Comes back to</dt>
              <dd>
                ${client.redirectUris.map((uri) => html`<span class="agent-text">${toAgentText(uri, 200)}</span> `)}
              </dd>
            </div>
            <div>
              <dt>Registered</dt>
              <dd>${renderDay(client.createdAt, reader)}</dd>
            </div>
          </dl>
          <details>
            <summary>Delete…</summary>
            <form
              method="post"
              action="/developers/clients/${encodeURIComponent(client.clientId)}/delete"
            >
              <input type="hidden" name="form_token" value="${formToken}" />
              <p>${toLoss(client.grants)} It can ask nobody any more. This cannot be undone.</p>
              <button class="danger" aria-describedby="client-${client.clientId}">
                Delete this agent
              </button>
            </form>
          </details>
        </article>`,
    )}
  </section>`
}

function toLoss(grants: number): string {
  if (grants === 0) return 'Nobody has allowed it anything.'
  return grants === 1
    ? 'One grant that it was given ends at once.'
    : `${countGrants(grants)} that it was given end at once.`
}

function renderOtherWays(addresses: Addresses): Html {
  return html`<section aria-labelledby="other-ways">
    <h2 id="other-ways">Other ways to register</h2>
    <p>
      <strong>By its own address.</strong> Publish this at an https address and use that address as
      the client id; nothing has to be registered. Buyers then read the name of your site, which is
      more than any registration proves.
    </p>
    ${renderCode({ title: DOCUMENT_ADDRESS, code: documentExample() }, 'published')}
    <p>
      <strong>By itself (RFC 7591).</strong> One that nobody allows anything within a day is
      forgotten.
    </p>
    ${renderCode({ title: 'curl', code: registrationExample(addresses) }, 'registering')}
  </section>`
}

function renderExamples(addresses: Addresses): Html {
  const names = { gmail: 'Gmail', hubspot: 'HubSpot', stripe: 'Stripe' }
  return html`${addresses.fronts.map(
    (front) =>
      html`<section aria-labelledby="${front.provider}">
        <h2 id="${front.provider}">${names[front.provider]}</h2>
        <p>What to ask for, as <code>authorization_details</code> (RFC 9396):</p>
        ${renderCode({ title: 'authorization_details', code: proposalExample(front.provider) }, names[front.provider])}
        <p>
          Pushed by hand; the answer to <code>redirect_uri</code> carries a code for the token
          endpoint:
        </p>
        ${renderCode({ title: 'curl', code: pushExample(addresses, front) }, names[front.provider])}
        <p>With the token, the provider’s own client needs this server’s address:</p>
        ${renderCode(stockExample(front), names[front.provider])}
        <p>
          The SDK does all of it, and keeps the token fresh. <code>clientId</code> is yours,
          <code>callbackUrl</code> the address with which the browser came back:
        </p>
        ${renderCode(sdkExample(front), names[front.provider])}
      </section>`,
  )}`
}

/** `about`: tells it from other examples of that title for whoever hears the page */
function renderCode({ title, code }: Example, about: string): Html {
  return html`<figure class="code">
    <figcaption>${title}</figcaption>
    <pre
      tabindex="0"
      role="region"
      aria-label="Example: ${title}, ${about}"
    ><code>${code}</code></pre>
  </figure>`
}
