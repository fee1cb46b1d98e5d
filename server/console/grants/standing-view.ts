import { html, type Html } from '../html.ts'
import type { Reader } from '../reader.ts'
import type { PausedSummary } from './standing.ts'
import { renderTime } from '../time-view.ts'

/** what is stopped and which fronts know; nothing here is said of a front that it has not said itself */
export function renderPaused({ count, at, reach }: PausedSummary, reader: Reader): Html {
  const what = count === 1 ? 'One grant is paused' : `${count} grants are paused`
  return html`<section class="problem standing" role="status" aria-label="What is paused">
    <p>
      <strong>${what}.</strong> ${reach.summary}
      <span class="hint">Last change: ${renderTime(at, reader)}.</span>
    </p>
    ${
      reach.unknown.length > 0 &&
      html`<ul>
          ${reach.unknown.map((one) => html`<li>${one}</li>`)}
        </ul>
        <p><a href="/grants">Look again</a></p>`
    }
  </section>`
}

/** two steps without a script: the button shows itself only when its line is opened */
export function renderStopAll(formToken: string): Html {
  return html`<details class="stop-all">
    <summary>Stop everything…</summary>
    <form method="post" action="/grants/stop-all">
      <input type="hidden" name="form_token" value="${formToken}" />
      <p>
        Every grant below is paused at once, at every front. Agents get nothing done in your name
        and no new access until you resume them, one by one. Nothing is lost by it. A call that is
        already on its way to Gmail or Stripe is not called back.
      </p>
      <button class="danger">Stop everything now</button>
    </form>
  </details>`
}

export function renderPause(grantId: string, formToken: string): Html {
  return html`<form method="post" action="/grants/${encodeURIComponent(grantId)}/pause">
    <input type="hidden" name="form_token" value="${formToken}" />
    <button aria-describedby="${grantId}">Pause</button>
  </form>`
}

/** giving access back takes a second step, as taking it away for good does */
export function renderResume(grantId: string, formToken: string): Html {
  return html`<details class="resume">
    <summary>Resume…</summary>
    <form method="post" action="/grants/${encodeURIComponent(grantId)}/resume">
      <input type="hidden" name="form_token" value="${formToken}" />
      <p>The agent can work again as it could before, with the access that it already has.</p>
      <button aria-describedby="${grantId}">Resume this grant</button>
    </form>
  </details>`
}

/** two steps, as for everything that cannot be undone */
export function renderRevoke(grantId: string, formToken: string): Html {
  return html`<details class="revoke">
    <summary>Revoke…</summary>
    <form method="post" action="/grants/${encodeURIComponent(grantId)}/revoke">
      <input type="hidden" name="form_token" value="${formToken}" />
      <p>
        The agent is stopped at once, with everything it passed on to others. You cannot undo this;
        it can ask again.
      </p>
      <button class="danger">Revoke this grant</button>
    </form>
  </details>`
}
