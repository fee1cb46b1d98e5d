import { flag, html, type Html } from '../html.ts'
import type { Reader } from '../reader.ts'
import { renderDay } from '../time-view.ts'
import type { EarlierGrant } from './earlier.ts'
import { endEarlierField, shownEarlierField } from './earlier-field.ts'

/** what she allowed before, folded: it is there to be looked up, not to be decided on again */
export function renderEarlier(earlier: readonly EarlierGrant[], reader: Reader): Html | undefined {
  if (earlier.length === 0) return undefined
  const [active, paused] = [
    earlier.filter(({ isPaused }) => !isPaused),
    earlier.filter(({ isPaused }) => isPaused),
  ]
  return html`<section class="notice earlier" aria-label="What you allowed before">
    ${
      active.length > 0
        ? html`<p>
            You have allowed this agent something before, and that goes on. Below, what is new or
            goes further stands first.
          </p>`
        : html`<p>
            You have allowed this agent something before, and it is paused. What it asks for now is
            marked as new: allowing it does not resume what you paused.
          </p>`
    }
    ${[...active, ...paused].map((grant) => renderGrant(grant, reader))}
  </section>`
}

function renderGrant(grant: EarlierGrant, reader: Reader): Html {
  return html`<details>
    <summary>
      What you allowed on ${renderDay(grant.createdAt, reader)}${grant.isPaused && ' (paused)'}
    </summary>
    <ul class="sentences">
      ${grant.sentences.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
    ${grant.endsAt && html`<p class="hint">It ends on ${renderDay(grant.endsAt, reader)}.</p>`}
  </details>`
}

interface EndView {
  readonly earlier: readonly EarlierGrant[]
  /** nothing is lost when they end */
  readonly isCovered: boolean
  readonly entered: ReadonlyMap<string, string> | undefined
}

export function renderEndEarlier({ earlier, isCovered, entered }: EndView): Html | undefined {
  if (earlier.length === 0) return undefined
  const which = earlier.length === 1 ? 'the earlier grant' : `the ${earlier.length} earlier grants`
  const isTicked = entered ? entered.get(endEarlierField) === 'on' : isCovered
  const ids = earlier.map(({ id }) => id).join(' ')
  return html`<section aria-labelledby="before-title">
    <h2 id="before-title">What you allowed before</h2>
    <input type="hidden" name="${shownEarlierField}" value="${ids}" />
    <label class="tick"
      ><input
        type="checkbox"
        name="${endEarlierField}"
        value="on"
        aria-describedby="${endEarlierField}-help"
        ${flag('checked', isTicked)}
      /><span>End ${which} when I allow this</span></label
    >
    <p class="hint" id="${endEarlierField}-help">
      Ticked: only what you allow now goes on, as soon as it stands. Not ticked: both go on, side by
      side, each until its own end. ${toLoss(earlier, isCovered)}
    </p>
  </section>`
}

function toLoss(earlier: readonly EarlierGrant[], isCovered: boolean): string {
  if (isCovered)
    return 'The agent asks for all that it has, so it loses nothing that you leave ticked.'
  return earlier.some(({ isPaused }) => isPaused)
    ? 'What is paused would then be over for good.'
    : 'The agent has something now that it does not ask for here, or has it with another account: it would lose that.'
}
