import { html, type Html } from '../html.ts'
import type { Reader } from '../reader.ts'
import { renderSecond } from '../time-view.ts'
import type { ActivityLine } from './line.ts'

/** one call as a list item; its id is what the live view finds it by */
export function renderLine(line: ActivityLine, reader: Reader): Html {
  return html`<li class="call ${line.verdict}" id="call-${line.id}">
    <div class="call-head">
      ${renderSecond(line.at, reader)}
      <span class="verdict-word ${line.verdict}">${line.result}</span>
    </div>
    <p>
      ${renderWho(line)} ${renderWhat(line)}
      ${line.objects.map((one) => html`<span class="agent-text">${one}</span> `)}
    </p>
    ${
      line.why !== undefined &&
      html`<p class="why">Because: <span class="agent-text">${line.why}</span></p>`
    }
    <p class="hint">
      ${line.verdict === 'waits' && html`<a href="/approvals">Decide it</a> · `}<a
        href="/activity/${encodeURIComponent(line.id)}"
        >Details<span class="unseen"> of ${line.id}</span></a
      >
    </p>
  </li>`
}

export function renderWho({ who }: ActivityLine): Html {
  return who === '' ? html`An agent without a name:` : html`<q class="agent-text">${who}</q>:`
}

export function renderWhat({ what, operation }: ActivityLine): Html {
  if (what !== undefined) return html`<strong>${what}</strong>`
  // refused before anybody looked what it is, or nothing that a front does
  if (operation === '') return html`<strong>A call</strong>`
  return html`<code>${operation}</code>`
}
