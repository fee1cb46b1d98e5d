import { html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import { renderDay } from '../time-view.ts'
import type { Visit } from '../visit.ts'
import { nameOf, renderSentences, renderState, renderUsage } from './grant-view.ts'
import type { ShownGrant } from './grant.ts'
import type { GrantPage, ListedGrant } from './list.ts'
import type { PausedSummary } from './standing.ts'
import {
  renderPause,
  renderPaused,
  renderResume,
  renderRevoke,
  renderStopAll,
} from './standing-view.ts'

export interface GrantsView extends GrantPage, Visit {
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
    title: 'Agents',
    room: 'grants',
    signedIn: view,
    content: html`<h1>Agents</h1>
      <p class="lead">
        What you allowed agents to do in your name. You can make each of it narrower, pause it or
        end it, at once.
      </p>
      ${view.notice && renderNotice(view.notice)}
      ${view.paused && renderPaused(view.paused, view.reader)}
      ${view.grants.length > 0 && renderStopAll(view.formToken)}
      ${view.grants.length === 0 ? renderEmpty() : view.grants.map((grant) => renderCard(grant, view))}
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
    <p><a href="/welcome">The first steps</a></p>
  </div>`
}

function renderCard(grant: ListedGrant, view: GrantsView): Html {
  const stands = grant.state === 'active' || grant.state === 'paused'
  return html`<article class="card grant ${grant.state}" aria-labelledby="${grant.id}">
    <div class="card-head">
      <h2 id="${grant.id}"><a href="${pathOf(grant)}">${nameOf(grant)}</a></h2>
      ${renderState(grant)}
    </div>
    <p class="claim">${renderWhen(grant, view)}</p>
    ${
      stands
        ? html`${renderSentences(grant)} ${renderUsage(grant, grant.usage, view.reader)}
            <div class="grant-ends">
              <a class="button" href="${pathOf(grant)}" aria-describedby="${grant.id}"
                >Look closer, or change it</a
              >
              ${
                grant.state === 'active'
                  ? renderPause(grant.id, view.formToken)
                  : renderResume(grant.id, view.formToken)
              }
              ${renderRevoke(grant.id, view.formToken)}
            </div>`
        : html`<details>
            <summary>What it could do</summary>
            ${renderSentences(grant)}
          </details>`
    }
  </article>`
}

function renderWhen(grant: ShownGrant, { reader }: GrantsView): Html {
  const accounts = grant.accounts.join(', ') || 'an account that is no longer connected'
  return html`${accounts} · allowed ${renderDay(grant.createdAt, reader)}${renderEnd(grant, reader)}`
}

function renderEnd(
  { state, revokedAt, endsAt, pausedAt, pausedBy }: ShownGrant,
  reader: GrantsView['reader'],
): Html | undefined {
  if (revokedAt) return html` · revoked ${renderDay(revokedAt, reader)}`
  if (state === 'paused' && pausedAt) {
    return html` · paused
    ${renderDay(pausedAt, reader)}${pausedBy === 'operator' && ' by the operator'}`
  }
  if (!endsAt) return undefined
  return html` · ${state === 'ended' ? 'ended' : 'ends'} ${renderDay(endsAt, reader)}`
}

export function pathOf({ id }: Pick<ShownGrant, 'id'>): string {
  return `/grants/${encodeURIComponent(id)}`
}
