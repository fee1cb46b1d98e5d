import type { ApprovalRow } from '../../adapters/ports.ts'
import { statusOf } from '../state/approvals.ts'
import { toAgentText } from './agent-text.ts'
import type { ApprovalList, ListedApproval, WaitingKind } from './approval-list.ts'
import { liveScript } from './assets.ts'
import { html, type Html } from './html.ts'
import { renderPage } from './layout.ts'
import { renderTime } from './time-view.ts'
import type { Visit } from './visit.ts'

export interface ApprovalsView extends ApprovalList, Pick<Visit, 'email' | 'formToken' | 'reader'> {
  /** what was decided a moment ago, in words */
  readonly notice: string | undefined
}

export function renderApprovalsPage(view: ApprovalsView): string {
  const { email, formToken, waiting } = view
  return renderPage({
    title: waiting > 0 ? `(${waiting}) Approvals` : 'Approvals',
    room: 'approvals',
    signedIn: { email, formToken, waiting },
    script: liveScript,
    content: html`<div data-state="${view.state}" data-waiting="${waiting}">
      <h1>Approvals</h1>
      <p class="lead">
        What an agent may do only when you say so. Until you do, nothing happens. A yes is for this
        one action, once.
      </p>
      ${view.notice !== undefined && html`<p class="notice" role="status">${view.notice}</p>`}
      ${waiting === 0 && renderEmpty()} ${view.kinds.map((kind) => renderKind(kind, view))}
      ${view.decided.length > 0 && renderDecided(view)}
      <p class="news" role="status" hidden>
        What waits has changed. <a href="/approvals">Show it</a>
      </p>
    </div>`,
  })
}

function renderEmpty(): Html {
  return html`<div class="card empty">
    <h2>Nothing waits for you</h2>
    <p>When an agent wants to do something that needs your yes, you read it here first.</p>
  </div>`
}

function renderKind(kind: WaitingKind, view: ApprovalsView): Html {
  const { formToken } = view
  if (!kind.isTooMany) {
    return html`${kind.approvals.map((one) => renderCard(one, view, html`card`))}`
  }
  const [first] = kind.approvals
  const count = kind.approvals.length
  return html`<section class="card flood" aria-labelledby="kind-${first.id}">
    <h2 id="kind-${first.id}">${nameOf(first)} asks ${count} times for one kind of thing</h2>
    <div class="problem">
      <p>
        That is more than anybody reads with care, and somebody may hope that you stop reading. If
        you do not expect this, deny all of it, and
        <a href="/grants">revoke the grant</a> if it goes on.
      </p>
    </div>
    <p class="claim">
      What it wants to do: <code>${kind.operation}</code>. The first one:
      <span class="agent-text">${toAgentText(first.card.title, 200)}</span>
    </p>
    <form method="post" action="/approvals/deny-all">
      ${hidden('form_token', formToken)} ${hidden('grant_id', kind.grantId)}
      ${hidden('operation', kind.operation)}
      <button class="primary">Deny all ${count}</button>
    </form>
    <details>
      <summary>Read them one by one</summary>
      ${kind.approvals.map((one) => renderCard(one, view, html`one`))}
    </details>
  </section>`
}

function renderCard(one: ListedApproval, { formToken, reader }: ApprovalsView, kind: Html): Html {
  const action = `/approvals/${encodeURIComponent(one.id)}`
  return html`<article class="${kind} approval" aria-labelledby="${one.id}">
    <h2 id="${one.id}">${toAgentText(one.card.title, 200)}</h2>
    <p class="claim">${nameOf(one)} asks</p>
    <dl class="facts">
      ${one.card.rows.map(renderRow)}
      <div>
        <dt>Asked</dt>
        <dd>${renderTime(one.asked_at, reader)}</dd>
      </div>
      <div>
        <dt>Ends by itself</dt>
        <dd>${renderTime(one.expires_at, reader)}</dd>
      </div>
    </dl>
    <div class="verdict">
      <form method="post" action="${action}/approve">
        ${hidden('form_token', formToken)}
        <button class="primary" aria-describedby="${one.id}">Approve once</button>
      </form>
      <form method="post" action="${action}/deny">
        ${hidden('form_token', formToken)}
        <button aria-describedby="${one.id}">Deny</button>
      </form>
      <a
        class="button quiet"
        href="/grants/${encodeURIComponent(one.grant_id)}/change?approval=${encodeURIComponent(one.id)}"
        aria-describedby="${one.id}"
        >Approve and change the grant…</a
      >
    </div>
  </article>`
}

const SPEAKERS = {
  front: undefined,
  provider: 'from your account',
  agent: 'the agent’s words',
} as const

/** INVARIANT: words that are not ours never look like ours, and say whose they are */
function renderRow({ label, value, from }: ApprovalRow): Html {
  const speaker = SPEAKERS[from]
  const words = toLines(value)
  return html`<div>
    <dt>${toAgentText(label, 80)}${speaker !== undefined && html` <small>${speaker}</small>`}</dt>
    <dd>${speaker === undefined ? words : html`<span class="agent-text said">${words}</span>`}</dd>
  </div>`
}

const maxValueLength = 2_200

/** its lines stay lines; none of them is empty, so that no text pushes the buttons out of sight with nothing */
function toLines(value: string): Html[] {
  return value
    .slice(0, maxValueLength * 2)
    .split(/\r\n|[\r\n\u2028\u2029]/u)
    .map((line) => toAgentText(line, maxValueLength))
    .filter((line) => line !== '')
    .map((line, n) => (n === 0 ? html`${line}` : html`<br />${line}`))
}

function renderDecided({ decided, reader }: ApprovalsView): Html {
  return html`<section class="decided">
    <h2>Decided lately</h2>
    <ul>
      ${decided.map(
        (one) =>
          html`<li>
            <span class="agent-text">${toAgentText(one.card.title, 200)}</span>
            <span class="hint"
              >${describeEnd(one)}, ${renderTime(one.decided_at ?? one.expires_at, reader)}</span
            >
          </li>`,
      )}
    </ul>
  </section>`
}

function describeEnd(one: ListedApproval): string {
  const by = one.decided_by === 'operator' ? ' by the operator' : ''
  if (one.used_by !== null) return `Approved${by} and used`
  switch (statusOf(one)) {
    case 'approved':
      return one.live ? `Approved${by}, not used yet` : `Approved${by}, ended with its grant`
    case 'denied':
      return `Denied${by}`
    case 'cancelled':
      return 'Ended with its grant'
    case 'expired':
      return one.status === 'approved' ? `Approved${by}, never used` : 'Not decided in time'
    case 'pending':
      return 'Waits'
  }
}

function nameOf({ clientName, client_id: clientId }: ListedApproval): Html {
  const name = toAgentText(clientName ?? clientId ?? '')
  return name === '' ? html`An agent without a name` : html`<q class="agent-text">${name}</q>`
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`
}
