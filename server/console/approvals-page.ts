import type { ApprovalRow } from '../../adapters/ports.ts'
import { MAX_CARDS_OF_A_KIND, type ShownApproval } from '../state/approvals.ts'
import { toAgentText } from './agent-text.ts'
import { approvalsScript } from './assets.ts'
import { html, type Html } from './html.ts'
import { renderPage } from './layout.ts'
import { toTimeText } from './time-text.ts'

export interface ApprovalsView {
  readonly waiting: readonly ShownApproval[]
  readonly decided: readonly ShownApproval[]
  /** client id -> what the agent calls itself */
  readonly names: ReadonlyMap<string, string>
  /** changes with what waits */
  readonly version: string
  readonly email: string
  readonly formToken: string
  readonly notice: string | undefined
}

export function renderApprovalsPage(view: ApprovalsView): string {
  const kinds = [...Map.groupBy(view.waiting, kindOf).values()]
  return renderPage({
    title: 'Approvals',
    room: 'approvals',
    waiting: view.waiting.length,
    script: approvalsScript,
    signedIn: { email: view.email, formToken: view.formToken },
    content: html`<h1>Approvals</h1>
      <p class="lead">
        What agents want to do and you want to see first. Nothing of it happens unless you approve
        it; then it happens once.
      </p>
      ${view.notice && html`<p class="notice" role="status">${view.notice}</p>`}
      <div id="waiting" data-version="${view.version}">
        ${kinds.length === 0 ? renderNothing() : kinds.map((cards) => renderKind(cards, view))}
      </div>
      ${view.decided.length > 0 && renderDecided(view)}`,
  })
}

function kindOf({ grant_id: grantId, operation }: ShownApproval): string {
  return JSON.stringify([grantId, operation])
}

function renderNothing(): Html {
  return html`<div class="card empty">
    <h2>Nothing waits for you</h2>
    <p>When an agent asks for something that you want to see first, it appears here.</p>
  </div>`
}

/** one by one is for few; who is asked for many stops reading, and that may be what somebody wants */
function renderKind(cards: readonly ShownApproval[], view: ApprovalsView): Html {
  const [first] = cards
  if (first === undefined || cards.length <= MAX_CARDS_OF_A_KIND) {
    return html`${cards.map((card) => renderCard(card, view))}`
  }
  return html`<article class="card approval" aria-label="${cards.length} of one kind">
    <div class="problem" role="alert">
      <p>
        <strong>${cards.length} calls of one kind wait.</strong> That is more than anybody should
        approve in a row. Somebody may hope that you stop reading: approve only what you expect, or
        revoke the grant.
      </p>
    </div>
    ${renderAgent(first, view)}
    <form method="post" action="/approvals/deny-all" class="stack">
      <input type="hidden" name="form_token" value="${view.formToken}" />
      <input type="hidden" name="grant" value="${first.grant_id}" />
      <input type="hidden" name="operation" value="${first.operation}" />
      <button class="danger">Deny all ${cards.length}</button>
    </form>
    <details>
      <summary>Look at them one by one</summary>
      ${cards.map((card) => renderCard(card, view))}
    </details>
  </article>`
}

function renderCard(card: ShownApproval, view: ApprovalsView): Html {
  const id = encodeURIComponent(card.id)
  return html`<article class="card approval" aria-labelledby="${card.id}">
    <h2 id="${card.id}">${toAgentText(card.card.title, 160)}</h2>
    ${renderAgent(card, view)}
    <dl class="facts">${card.card.rows.map(renderRow)}</dl>
    <div class="decision">
      <form method="post" action="/approvals/${id}/approve">
        <input type="hidden" name="form_token" value="${view.formToken}" />
        <button class="primary">Approve once</button>
      </form>
      <form method="post" action="/approvals/${id}/deny">
        <input type="hidden" name="form_token" value="${view.formToken}" />
        <button>Deny</button>
      </form>
      <p class="hint">
        Asked ${renderTime(card.asked_at)}. If you do nothing it ends ${renderTime(card.expires_at)}
        and is not done.
      </p>
    </div>
  </article>`
}

function renderAgent({ client_id: clientId }: ShownApproval, { names }: ApprovalsView): Html {
  const name = toAgentText(names.get(clientId ?? '') ?? '')
  return html`<p class="hint">
    ${name === '' ? 'An agent without a name' : html`<q class="agent-text">${name}</q>`}
    ${clientId !== null && html`(<span class="agent-text">${toAgentText(clientId, 120)}</span>)`}
    asks.
  </p>`
}

const MAX_VALUE = 2_200

/** what the agent chose is shown as such: this page is where an injected text would like to speak */
function renderRow({ label, value, from }: ApprovalRow): Html {
  const text = toAgentText(value, MAX_VALUE)
  return html`<div>
    <dt>${label}</dt>
    <dd>
      ${from === 'agent' ? html`<span class="agent-text" title="chosen by the agent">${text}</span>` : text}
    </dd>
  </div>`
}

const WORDS = { approved: 'Approved', denied: 'Denied', cancelled: 'Withdrawn' } as const

function renderDecided({ decided }: ApprovalsView): Html {
  return html`<section aria-labelledby="decided">
    <h2 id="decided">Decided lately</h2>
    <ul class="sentences">
      ${decided.map(
        (one) =>
          html`<li>
            ${one.status !== 'pending' && WORDS[one.status]}${one.used_by !== null && ' and done'}:
            ${toAgentText(one.card.title, 160)}
            ${one.decided_at !== null && html`<span class="hint">${renderTime(one.decided_at)}</span>`}
          </li>`,
      )}
    </ul>
  </section>`
}

function renderTime(time: Date): Html {
  return html`<time datetime="${time.toISOString()}">${toTimeText(time)}</time>`
}
