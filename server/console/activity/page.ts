import { toAgentText } from '../agent-text.ts'
import { activityScript } from '../assets.ts'
import { flag, html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import { renderTime } from '../time-view.ts'
import type { Visit } from '../visit.ts'
import type { ListedAgent } from '../agent-list.ts'
import { isFiltered, RESULTS, toQuery, type Entered, type ReadFilter } from './filter.ts'
import type { ActivityLine } from './line.ts'
import { renderLine } from './line-view.ts'

export interface ActivityView extends ReadFilter, Visit {
  readonly lines: readonly ActivityLine[]
  readonly next: string | undefined
  readonly lookedBackTo: Date | undefined
  /** the page shows the newest: what comes next belongs to it */
  readonly isNewest: boolean
  readonly agents: readonly ListedAgent[]
}

export function renderActivityPage(view: ActivityView): string {
  const { filter, problems } = view
  const live = view.isNewest && problems.size === 0
  return renderPage({
    title: 'Activity',
    room: 'activity',
    signedIn: view,
    ...(live && { script: activityScript }),
    content: html`<h1>Activity</h1>
      <p class="lead">
        Everything that agents did or tried in your name, newest first. What mails said is never
        kept, so it is not shown here.
      </p>
      ${renderFilters(view)}
      <p class="tools">
        ${
          live
            ? html`<a href="/activity${toQuery(filter)}">Look again</a>
                <span class="tail" role="status" hidden></span>
                <button class="quiet" type="button" data-pause hidden>Hold still</button>`
            : html`<a href="/activity${toQuery(filter)}">Back to the newest</a>`
        }
        <span class="exports"
          >Take with you:
          <a href="/activity/export.csv${toQuery(filter)}">table (CSV)</a>
          <a href="/activity/export.json${toQuery(filter)}">data (JSON)</a></span
        >
      </p>
      ${view.lines.length === 0 ? renderEmpty(view) : html`<h2 class="unseen">Calls</h2>`}
      <ol
        class="calls"
        ${live && html`data-events="/activity/events${toQuery(filter, newestOf(view))}"`}
      >
        ${view.lines.map((line) => renderLine(line, view.reader))}
      </ol>
      ${view.next !== undefined && renderOlder(view, view.next)}`,
  })
}

function newestOf({ lines }: ActivityView): Record<string, string> {
  const newest = lines[0]?.id
  return newest === undefined ? {} : { after: newest }
}

function renderEmpty({ filter, problems, lookedBackTo }: ActivityView): Html | undefined {
  if (problems.size > 0 || lookedBackTo !== undefined) return undefined
  return html`<div class="card empty">
    <h2>${isFiltered(filter) ? 'Nothing fits' : 'Nothing has happened yet'}</h2>
    <p>
      ${
        isFiltered(filter)
          ? html`No call fits what you entered. <a href="/activity">Show everything</a>`
          : 'When an agent does something in your name, or tries to, it is listed here.'
      }
    </p>
  </div>`
}

function renderOlder({ filter, lookedBackTo, reader }: ActivityView, next: string): Html {
  const href = `/activity${toQuery(filter, { before: next })}`
  if (lookedBackTo === undefined) {
    return html`<p><a class="button" href="${href}">Older calls</a></p>`
  }
  return html`<p>
    Looked back to ${renderTime(lookedBackTo, reader)}.
    <a class="button" href="${href}">Look further back</a>
  </p>`
}

const RESULT_WORDS: Readonly<Record<(typeof RESULTS)[number], string>> = {
  allowed: 'Allowed and done',
  refused: 'Refused',
  failed: 'Failed, or not known',
  pending: 'Under way',
}

function renderFilters(view: ActivityView): Html {
  const { entered, problems, filter, agents } = view
  const open = isFiltered(filter) || problems.size > 0
  return html`<details class="filters" ${flag('open', open)}>
    <summary>Filter</summary>
    <form method="get" action="/activity">
      <div class="controls">
        ${field(
          view,
          'agent',
          'Agent',
          html`<select id="agent" name="agent">
            <option value="">All</option>
            ${withEntered(agents, entered).map(
              ({ clientId, name }) =>
                html`<option value="${clientId}" ${flag('selected', clientId === entered.agent)}>
                  ${name}
                </option>`,
            )}
          </select>`,
        )}
        ${field(
          view,
          'result',
          'Result',
          html`<select id="result" name="result">
            <option value="">All</option>
            ${RESULTS.map((one) => html`<option value="${one}" ${flag('selected', one === entered.result)}>${RESULT_WORDS[one]}</option>`)}
          </select>`,
        )}
        ${field(view, 'from', 'From the day', input('from', 'date', entered))}
        ${field(view, 'to', 'To the day', input('to', 'date', entered))}
        ${field(view, 'operation', 'Kind of call', input('operation', 'text', entered), 'The beginning is enough: gmail.messages')}
        ${field(view, 'text', 'Has in it', input('text', 'search', entered), 'An id, an address or a word of a subject')}
        ${field(view, 'grant', 'Grant', input('grant', 'text', entered), 'Its id: g_…')}
      </div>
      <button class="primary">Show</button>
      ${open && html` <a class="button" href="/activity">Show everything</a>`}
    </form>
  </details>`
}

/** an agent that has no grant any more, or came by a link, stays chosen */
function withEntered(
  agents: readonly ListedAgent[],
  { agent }: Entered,
): { clientId: string; name: string }[] {
  const all = agents.map(({ clientId, clientName }) => ({
    clientId,
    name: toAgentText(clientName ?? clientId) || 'An agent without a name',
  }))
  if (agent === undefined || all.some(({ clientId }) => clientId === agent)) return all
  return [...all, { clientId: agent, name: toAgentText(agent) }]
}

type Name = keyof Entered

function field(
  { problems }: ActivityView,
  name: Name,
  label: string,
  control: Html,
  hint?: string,
): Html {
  const problem = problems.get(name)
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${control} ${hint !== undefined && html`<p class="hint">${hint}</p>`}
    ${problem !== undefined && html`<p class="field-problem" role="alert">${problem}</p>`}
  </div>`
}

function input(name: Name, type: 'date' | 'text' | 'search', entered: Entered): Html {
  return html`<input
    id="${name}"
    name="${name}"
    type="${type}"
    maxlength="200"
    autocomplete="off"
    autocapitalize="none"
    spellcheck="false"
    value="${entered[name] ?? ''}"
  />`
}
