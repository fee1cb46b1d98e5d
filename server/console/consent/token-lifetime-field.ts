import type { TokenLifetimes } from '../../authority/token-lifetime.ts'
import { flag, html, type Html } from '../html.ts'
import { toDurationText } from '../time-text.ts'

export const tokenLifetimeField = 'token_seconds'

/** few enough to choose between at a glance */
const offered = [300, 600, 1_800, 3_600, 28_800]

/** seconds, shortest first; the usual one is always among them */
function tokenLifetimeChoices({ usual, max }: TokenLifetimes): number[] {
  const choices = new Set([...offered.filter((seconds) => seconds <= max), usual])
  return [...choices].toSorted((a, b) => a - b)
}

/** what was chosen, in seconds; undefined: nothing that was offered */
export function readTokenSeconds(
  answer: string | undefined,
  lifetimes: TokenLifetimes,
): number | undefined {
  if (answer === undefined) return lifetimes.usual
  return tokenLifetimeChoices(lifetimes).find((seconds) => String(seconds) === answer)
}

interface TokenLifetimeView {
  readonly lifetimes: TokenLifetimes
  /** a copy is then of no use, and the label does not speak of one */
  readonly bringsOwnKey: boolean
  readonly entered: string | undefined
  readonly problem: string | undefined
}

export function renderTokenLifetime(view: TokenLifetimeView): Html {
  const { lifetimes, entered, problem } = view
  const choices = tokenLifetimeChoices(lifetimes)
  const chosen = readTokenSeconds(entered, lifetimes) ?? lifetimes.usual
  return html`<div class="field">
    <label for="${tokenLifetimeField}"
      >${view.bringsOwnKey ? 'It must renew its access after' : 'A copy of its access is good for'}</label
    >
    <select
      id="${tokenLifetimeField}"
      name="${tokenLifetimeField}"
      aria-describedby="${tokenLifetimeField}-help${problem && ` ${tokenLifetimeField}-problem`}"
      ${problem && html`aria-invalid="true"`}
    >
      ${choices.map((seconds) => html`<option value="${seconds}" ${flag('selected', seconds === chosen)}>${toDurationText(seconds)}</option>`)}
    </select>
    <p class="hint" id="${tokenLifetimeField}-help">
      The agent renews its access by itself until the grant
      ends.${!view.bringsOwnKey && ' Somebody with no more than a copy cannot make it last longer.'}
    </p>
    ${problem && html`<p class="field-problem" id="${tokenLifetimeField}-problem">${problem}</p>`}
  </div>`
}
