import type { ApprovalCard } from '../../../adapters/ports.ts'
import { toAgentText } from '../agent-text.ts'
import { renderRow } from '../consent/row-view.ts'
import type { Problems } from '../consent/tighten.ts'
import type { Form } from '../form.ts'
import { html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import type { Visit } from '../visit.ts'
import type { Change, ChangeForm, Difference } from './change.ts'
import { nameOf } from './grant-view.ts'
import type { ShownGrant } from './grant.ts'
import { pathOf } from './list-page.ts'

/** what a change is decided together with */
export interface WaitingApproval {
  readonly id: string
  readonly card: ApprovalCard
}

interface Framed {
  readonly visit: Visit
  readonly grant: ShownGrant
  /** what she saw when she began: a fingerprint of the grant's terms */
  readonly seen: string
  readonly approval: WaitingApproval | undefined
}

export interface ChangeView extends Framed {
  readonly form: ChangeForm
  readonly entered: Form | undefined
  readonly problems: Problems
}

export function renderChangePage(view: ChangeView): string {
  const { visit, grant, form, entered, problems } = view
  return renderPage({
    title: 'Change a grant',
    room: 'grants',
    signedIn: visit,
    content: html`<p><a href="${pathOf(grant)}">Back to the grant</a></p>
      <h1>Change what ${nameOf(grant)} may do</h1>
      <p class="lead">
        Untick what it shall not do any more, or change how far it may go. Before anything becomes
        possible that is not now, you see it in plain sentences and confirm it.
      </p>
      ${problems.size > 0 && renderProblems(problems)}
      ${view.approval && renderWaiting(view.approval)}
      <form method="post" action="${pathOf(grant)}/change">
        ${hidden('form_token', visit.formToken)} ${hidden('seen', view.seen)}
        ${view.approval && hidden('approval', view.approval.id)}
        <button disabled hidden>Enter in a field does not change anything</button>
        ${form.rows.map((row) =>
          renderRow(row, {
            entered: entered ?? form.standing,
            problems,
            reader: visit.reader,
            difference: undefined,
            change: true,
          }),
        )}
        ${renderLastDay(view)}
        <div class="decision">
          <button class="primary">Go on</button>
          <a class="button" href="${pathOf(grant)}">Leave it as it is</a>
          <p class="hint">What only takes something away is done at once.</p>
        </div>
      </form>`,
  })
}

function renderProblems(problems: Problems): Html {
  return html`<div class="problem" role="alert">
    <p>
      ${problems.get('form') ?? 'Nothing has been changed yet. Please look again at what is marked below.'}
    </p>
  </div>`
}

function renderWaiting({ card }: WaitingApproval): Html {
  return html`<section class="card" aria-label="What waits for you">
    <p>
      This waits for your yes: <span class="agent-text">${toAgentText(card.title, 200)}</span>. When
      you have confirmed the change, it is approved too, once.
    </p>
  </section>`
}

function renderLastDay({ grant, entered, problems }: ChangeView): Html | undefined {
  if (grant.endsAt === undefined) return undefined
  const last = toIsoDay(grant.endsAt)
  const problem = problems.get('expires_on')
  return html`<div class="field">
    <label for="expires_on">Last day, if it shall end earlier</label>
    <input
      id="expires_on"
      name="expires_on"
      type="date"
      max="${last}"
      value="${entered?.get('expires_on') ?? ''}"
      aria-describedby="expires_on-help${problem !== undefined && ' expires_on-problem'}"
      ${problem !== undefined && html`aria-invalid="true"`}
    />
    <p class="hint" id="expires_on-help">Empty: it ends when it would have ended.</p>
    ${problem !== undefined && html`<p class="field-problem" id="expires_on-problem">${problem}</p>`}
  </div>`
}

export interface ConfirmView extends Framed {
  readonly form: Form
  readonly change: Change
}

/** the difference, before it is made: what was entered travels along and is read again */
export function renderConfirmPage({ visit, grant, approval, form, change }: ConfirmView): string {
  const path = `${pathOf(grant)}/change`
  const fields = [...form].filter(([name]) => name !== 'confirmed' && name !== 'form_token')
  const wider = change.differences.filter(({ widens }) => widens)
  const narrower = change.differences.filter(({ widens }) => !widens)
  return renderPage({
    title: 'What becomes possible',
    room: 'grants',
    signedIn: visit,
    content: html`<p><a href="${path}">Back to the form</a></p>
      <h1>${wider.length > 0 ? 'What becomes possible' : 'What changes'}</h1>
      ${
        wider.length > 0 &&
        html`<p class="lead">
          Read this as if a stranger asked: from now on ${nameOf(grant)} can do more than before, or
          do it without asking you.
        </p>`
      }
      ${wider.map((one) => renderDifference(one))} ${narrower.map((one) => renderDifference(one))}
      ${change.differences.length === 0 && html`<p>The grant stays as it is.</p>`}
      ${
        approval &&
        html`<p>
          Approved with it, once:
          <span class="agent-text">${toAgentText(approval.card.title, 200)}</span>
        </p>`
      }
      <form method="post" action="${path}">
        ${hidden('form_token', visit.formToken)} ${hidden('confirmed', 'yes')}
        ${fields.map(([name, value]) => hiddenText(name, value))}
        <div class="decision">
          <button class="primary">${approval ? 'Change it and approve' : 'Change it'}</button>
          <a class="button" href="${pathOf(grant)}">Leave it as it is</a>
        </div>
      </form>`,
  })
}

function renderDifference({ title, before, after, widens }: Difference): Html {
  return html`<section class="card difference ${widens && 'wider'}">
    <div class="card-head">
      <h2>${title}</h2>
      <span class="${widens ? 'risk' : 'state'}"
        >${widens ? 'Goes further' : after.length === 0 ? 'Taken away' : 'Less than before'}</span
      >
    </div>
    <h3>Until now</h3>
    ${renderSentences(before)}
    <h3>From now on</h3>
    ${renderSentences(after)}
  </section>`
}

function renderSentences(sentences: readonly string[]): Html {
  if (sentences.length === 0) return html`<p>Not at all.</p>`
  return html`<ul class="sentences">
    ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
  </ul>`
}

function toIsoDay(time: Date): string {
  return time.toISOString().slice(0, 10)
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`
}

/** a list has lines, which a field of one line would lose; the first line break is not part of the text */
function hiddenText(name: string, value: string): Html {
  return html`<textarea hidden name="${name}">${'\n'}${value}</textarea>`
}
