import type { TokenLifetimes } from '../../authority/token-lifetime.ts'
import { toAgentText } from '../agent-text.ts'
import { html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import type { Reader } from '../reader.ts'
import { toDurationText } from '../time-text.ts'
import { renderDay, renderTime } from '../time-view.ts'
import type { Visit } from '../visit.ts'
import { nameOf, renderSentences, renderState, renderUsage } from './grant-view.ts'
import type { ShownGrant } from './grant.ts'
import { pathOf } from './list-page.ts'
import type { RefusedCall } from './refusals.ts'
import { renderPause, renderResume, renderRevoke } from './standing-view.ts'
import type { Usage } from './usage.ts'

export interface GrantView {
  readonly visit: Visit
  readonly grant: ShownGrant
  readonly usage: Usage
  readonly refusals: readonly RefusedCall[]
  readonly tokenLifetimes: TokenLifetimes
  /** it was changed a moment ago */
  readonly isChanged: boolean
}

export function renderGrantPage(view: GrantView): string {
  const { visit, grant, usage, refusals, isChanged } = view
  const stands = grant.state === 'active' || grant.state === 'paused'
  return renderPage({
    title: 'One grant',
    room: 'grants',
    signedIn: visit,
    content: html`<p><a href="/grants">Agents</a></p>
      <div class="card-head">
        <h1>${nameOf(grant)}</h1>
        ${renderState(grant)}
      </div>
      ${
        isChanged &&
        html`<p class="notice" role="status">
          Changed. What the agent held until now is over. An agent that can renew its access goes on
          by itself, as far as you read here; one that cannot has to ask you again.
        </p>`
      }
      <section aria-labelledby="may">
        <h2 id="may">${stands ? 'What it may do' : 'What it could do'}</h2>
        ${renderSentences(grant)}
        ${
          stands &&
          grant.capabilities !== undefined &&
          html`<p><a class="button" href="${pathOf(grant)}/change">Change what it may do</a></p>`
        }
      </section>
      ${
        stands &&
        html`<section aria-labelledby="used">
          <h2 id="used">What it did</h2>
          ${renderUsage(grant, usage, visit.reader)}
        </section>`
      }
      ${refusals.length > 0 && renderRefusals(refusals, visit.reader)} ${renderFacts(view)}
      ${
        stands &&
        html`<section aria-labelledby="stop">
          <h2 id="stop">Stop it</h2>
          <div class="grant-ends">
            ${
              grant.state === 'active'
                ? renderPause(grant.id, visit.formToken)
                : renderResume(grant.id, visit.formToken)
            }
            ${renderRevoke(grant.id, visit.formToken)}
          </div>
        </section>`
      }`,
  })
}

/** the words are ours; the addresses and subjects in them come from mail and from the agent */
function renderRefusals(refusals: readonly RefusedCall[], reader: Reader): Html {
  return html`<section class="refusals" aria-labelledby="refused">
    <h2 id="refused">Tried and refused lately</h2>
    <ul>
      ${refusals.map(
        ({ id, at, explanation }) =>
          html`<li>
            ${renderTime(at, reader)}
            <span class="agent-text">${toAgentText(explanation, 300)}</span>
            <a href="/activity/${encodeURIComponent(id)}"
              >Why<span class="unseen"> ${id} was refused</span></a
            >
          </li>`,
      )}
    </ul>
  </section>`
}

function renderFacts({ grant, visit: { reader }, tokenLifetimes }: GrantView): Html {
  const { pausedAt, pausedBy, revokedAt, revokedReason, endsAt, state } = grant
  return html`<section aria-labelledby="facts">
    <h2 id="facts">About this grant</h2>
    <dl class="facts">
      ${fact('Works with', grant.accounts.join(', ') || 'an account that is no longer connected')}
      ${fact('Client id', html`<span class="agent-text">${toAgentText(grant.clientId, 200)}</span>`)}
      ${fact('Can be used by', grant.dpopBound ? 'only the agent, with its own key' : 'whoever gets hold of the agent’s access')}
      ${renderTokenLifetime(grant, tokenLifetimes)}
      ${fact('Allowed', renderDay(grant.createdAt, reader))}
      ${
        state === 'paused' &&
        pausedAt !== undefined &&
        fact(
          'Paused',
          html`${renderTime(pausedAt, reader)}${pausedBy === 'operator' && ', by the operator'}`,
        )
      }
      ${
        revokedAt !== undefined &&
        fact('Revoked', html`${renderTime(revokedAt, reader)}: ${revokedReason ?? ''}`)
      }
      ${
        revokedAt === undefined &&
        endsAt !== undefined &&
        fact(state === 'ended' ? 'Ended' : 'Ends', renderTime(endsAt, reader))
      }
      ${fact('Its id', html`<code>${grant.id}</code>`)}
    </dl>
  </section>`
}

function fact(label: string, value: string | Html): Html {
  return html`<div>
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`
}

/** only where it is not the usual one; what is shown is what the next token gets */
function renderTokenLifetime(
  { accessTokenSeconds, dpopBound }: ShownGrant,
  { usual, max }: TokenLifetimes,
): Html | undefined {
  const seconds = Math.min(accessTokenSeconds ?? usual, max)
  if (seconds === usual) return undefined
  return fact(
    dpopBound ? 'Renews its access after' : 'A copy of its access is good for',
    toDurationText(seconds),
  )
}
