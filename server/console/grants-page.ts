import type { TokenLifetimes } from '../authority/token-lifetime.ts'
import { toAgentText } from './agent-text.ts'
import type { GrantPage, ListedGrant } from './grant-list.ts'
import { html, type Html } from './html.ts'
import { renderPage } from './layout.ts'
import type { PausedSummary } from './standing.ts'
import { renderPause, renderPaused, renderResume, renderStopAll } from './standing-view.ts'
import type { Reader } from './reader.ts'
import { toDurationText } from './time-text.ts'
import { renderDay, renderTime } from './time-view.ts'
import type { Visit } from './visit.ts'

export interface GrantsView extends GrantPage, Visit {
  readonly tokenLifetimes: TokenLifetimes
  readonly notice: GrantNotice | undefined
  readonly paused: PausedSummary | undefined
}

/** what was done a moment ago */
export interface GrantNotice {
  readonly kind: 'revoked' | 'resumed'
  readonly grant: ListedGrant
}

export function renderGrantsPage(view: GrantsView): string {
  return renderPage({
    title: 'Grants',
    room: 'grants',
    signedIn: view,
    content: html`<h1>Grants</h1>
      <p class="lead">
        What you allowed agents to do in your name. You can end each of them here, at once.
      </p>
      ${view.notice && renderNotice(view.notice)}
      ${view.paused && renderPaused(view.paused, view.reader)}
      ${view.grants.length > 0 && renderStopAll(view.formToken)}
      ${view.grants.length === 0 ? renderEmpty() : view.grants.map((grant) => renderGrant(grant, view))}
      ${view.next && html`<p><a class="button" href="/grants?after=${view.next}">Older grants</a></p>`}`,
  })
}

function renderNotice({ kind, grant }: GrantNotice): Html {
  if (kind === 'resumed') {
    return html`<p class="notice" role="status">Resumed. ${nameOf(grant)} can work again.</p>`
  }
  return html`<p class="notice" role="status">
    Revoked. ${nameOf(grant)} can do nothing more with this grant, nor can anything it passed on.
  </p>`
}

function renderEmpty(): Html {
  return html`<div class="card empty">
    <h2>Nothing is allowed yet</h2>
    <p>
      When an agent asks to work with your accounts, you are brought here to read what it wants, to
      cut it down, and to allow or refuse it. What you allow is then listed on this page.
    </p>
  </div>`
}

function renderGrant(grant: ListedGrant, { formToken, tokenLifetimes, reader }: GrantsView): Html {
  return html`<article class="card grant ${grant.state}" aria-labelledby="${grant.id}">
    <div class="card-head">
      <h2 id="${grant.id}">${nameOf(grant)}</h2>
      <span class="state ${grant.state}">${stateText[grant.state]}</span>
    </div>
    <dl class="facts">
      <div>
        <dt>Client id</dt>
        <dd class="agent-text">${toAgentText(grant.clientId, 200)}</dd>
      </div>
      <div>
        <dt>Works with</dt>
        <dd>
          ${grant.accounts.length > 0 ? grant.accounts.join(', ') : 'an account that is no longer connected'}
        </dd>
      </div>
      <div>
        <dt>Can be used by</dt>
        <dd>
          ${grant.dpopBound ? 'only the agent, with its own key' : 'whoever gets hold of the agent’s access'}
        </dd>
      </div>
      ${renderTokenLifetime(grant, tokenLifetimes)}
      <div>
        <dt>Allowed</dt>
        <dd>${renderDay(grant.createdAt, reader)}</dd>
      </div>
      ${grant.state === 'paused' && renderPausedSince(grant, reader)} ${renderEnd(grant, reader)}
    </dl>
    <ul class="sentences">
      ${grant.sentences.map(
        ({ sentence, risk }) =>
          html`<li class="${risk}">${risk === 'high' && renderRisk()}${sentence}</li>`,
      )}
    </ul>
    ${grant.refusals.length > 0 && renderRefusals(grant, reader)}
    ${
      (grant.state === 'active' || grant.state === 'paused') &&
      html`<div class="grant-ends">
        ${grant.state === 'active' ? renderPause(grant.id, formToken) : renderResume(grant.id, formToken)}
        ${renderRevoke(grant, formToken)}
      </div>`
    }
  </article>`
}

/** only where it is not the usual one; what is shown is what the next token gets */
function renderTokenLifetime(
  { accessTokenSeconds, dpopBound }: ListedGrant,
  { usual, max }: TokenLifetimes,
): Html | undefined {
  const seconds = Math.min(accessTokenSeconds ?? usual, max)
  if (seconds === usual) return undefined
  return html`<div>
    <dt>${dpopBound ? 'Renews its access after' : 'A copy of its access is good for'}</dt>
    <dd>${toDurationText(seconds)}</dd>
  </div>`
}

/** the words are ours; the addresses and subjects in them come from mail and from the agent */
function renderRefusals({ refusals }: ListedGrant, reader: Reader): Html {
  return html`<section class="refusals">
    <h3>Tried and refused lately</h3>
    <ul>
      ${refusals.map(
        ({ at, explanation }) =>
          html`<li>
            ${renderDay(at, reader)}
            <span class="agent-text">${toAgentText(explanation, 300)}</span>
          </li>`,
      )}
    </ul>
  </section>`
}

function renderPausedSince({ pausedAt, pausedBy }: ListedGrant, reader: Reader): Html | undefined {
  if (!pausedAt) return undefined
  return html`<div>
    <dt>Paused</dt>
    <dd>${renderTime(pausedAt, reader)}${pausedBy === 'operator' && ', by the operator'}</dd>
  </div>`
}

function renderEnd({ state, revokedAt, endsAt }: ListedGrant, reader: Reader): Html | undefined {
  if (revokedAt)
    return html`<div>
      <dt>Revoked</dt>
      <dd>${renderDay(revokedAt, reader)}</dd>
    </div>`
  if (!endsAt) return undefined
  return html`<div>
    <dt>${state === 'ended' ? 'Ended' : 'Ends'}</dt>
    <dd>${renderDay(endsAt, reader)}</dd>
  </div>`
}

/** two steps without a script: the button shows itself only when its line is opened */
function renderRevoke(grant: ListedGrant, formToken: string): Html {
  return html`<details class="revoke">
    <summary>Revoke…</summary>
    <form method="post" action="/grants/${encodeURIComponent(grant.id)}/revoke">
      <input type="hidden" name="form_token" value="${formToken}" />
      <p>
        The agent is stopped at once, with everything it passed on to others. You cannot undo this;
        it can ask again.
      </p>
      <button class="danger">Revoke this grant</button>
    </form>
  </details>`
}

const stateText = {
  active: 'Active',
  paused: 'Paused',
  ended: 'Ended',
  revoked: 'Revoked',
} as const

function renderRisk(): Html {
  return html`<strong class="risk">Take care</strong> `
}

function nameOf(grant: ListedGrant): Html {
  const name = toAgentText(grant.clientName)
  return name === '' ? html`An agent without a name` : html`<q class="agent-text">${name}</q>`
}
