import { usedWords, type GrantBudget } from '../../../capabilities/index.ts'
import type { BudgetUse } from '../../state/budget-use.ts'
import { toAgentText } from '../agent-text.ts'
import { html, type Html } from '../html.ts'
import type { Reader } from '../reader.ts'
import { renderTime } from '../time-view.ts'
import type { ShownGrant } from './grant.ts'
import { MOST_REFUSALS, type Usage } from './usage.ts'

export function nameOf({ clientName }: Pick<ShownGrant, 'clientName'>): Html {
  const name = toAgentText(clientName)
  return name === '' ? html`An agent without a name` : html`<q class="agent-text">${name}</q>`
}

export function renderState({ state }: ShownGrant): Html {
  return html`<span class="state ${state}">${STATES[state]}</span>`
}

const STATES = {
  active: 'Active',
  paused: 'Paused',
  ended: 'Ended',
  revoked: 'Revoked',
} as const

export function renderSentences({ sentences }: Pick<ShownGrant, 'sentences'>): Html {
  return html`<ul class="sentences">
    ${sentences.map(
      ({ sentence, risk }) =>
        html`<li class="${risk}">
          ${risk === 'high' && html`<strong class="risk">Take care</strong> `}${sentence}
        </li>`,
    )}
  </ul>`
}

export function renderUsage(
  { id }: Pick<ShownGrant, 'id'>,
  { lastCall, refusals, budgets }: Usage,
  reader: Reader,
): Html {
  const query = `?grant=${encodeURIComponent(id)}`
  return html`<p class="usage">
      ${
        lastCall === undefined
          ? 'It has not done anything yet.'
          : html`<span>Last active ${renderTime(lastCall.at, reader)}.</span>
              <a href="/activity${query}">What it did</a>`
      }
      ${
        refusals > 0 &&
        html`<a class="refused" href="/activity${query}&amp;result=refused"
          >${refusals < MOST_REFUSALS ? refusals : `${MOST_REFUSALS} or more`} refused in seven
          days</a
        >`
      }
    </p>
    ${budgets.length > 0 && renderBudgets(budgets, reader)}`
}

function renderBudgets(budgets: readonly BudgetUse<GrantBudget>[], reader: Reader): Html {
  return html`<ul class="budgets" aria-label="How much of its limits is used">
    ${budgets.map((use) => renderBudget(use, reader))}
  </ul>`
}

/** from here on a bar says that it is nearly full */
const NEARLY = 0.8

function renderBudget({ budget, used, freeAt }: BudgetUse<GrantBudget>, reader: Reader): Html {
  const words = usedWords(budget, used)
  const isFull = used >= budget.max
  return html`<li>
    <meter
      min="0"
      max="${budget.max}"
      low="${budget.max * NEARLY}"
      high="${budget.max * NEARLY}"
      optimum="0"
      value="${Math.min(used, budget.max)}"
      aria-label="${words}"
    ></meter>
    <span>${words}</span>
    ${
      isFull &&
      html`<span class="hint"
        >${budget.asksBeyond ? 'Used up: it asks you for each one more' : 'Used up'}${
          freeAt !== undefined && html` until ${renderTime(new Date(freeAt), reader)}`
        }.</span
      >`
    }
  </li>`
}
