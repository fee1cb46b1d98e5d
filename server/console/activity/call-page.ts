import { describe, parseCapabilities, restrict } from '../../../capabilities/index.ts'
import { toAgentText } from '../agent-text.ts'
import { html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import { toSecondText } from '../time-text.ts'
import type { Visit } from '../visit.ts'
import { textIn, type ActivityLine } from './line.ts'
import { renderWhat, renderWho } from './line-view.ts'
import type { RecordedCall } from './list.ts'

export interface CallView extends Visit {
  readonly call: RecordedCall
  readonly line: ActivityLine
  /** what the grant says of this kind of call; undefined: it cannot be read by this version */
  readonly allowed: readonly string[] | undefined
}

export function renderCallPage({ call, line, allowed, ...view }: CallView): string {
  const isRefused = line.verdict === 'refused' || line.verdict === 'waits'
  return renderPage({
    title: 'One call',
    room: 'activity',
    signedIn: view,
    content: html`<p><a href="/activity">Activity</a></p>
      <h1>One call</h1>
      <article class="card">
        <div class="card-head">
          <h2>${renderWho(line)} ${renderWhat(line)}</h2>
          <span class="verdict-word ${line.verdict}">${line.result}</span>
        </div>
        <dl class="facts">
          ${fact('When', toSecondText(call.at, view.reader))}
          ${fact('About', line.objects.length === 0 ? undefined : line.objects, 'theirs')}
          ${fact('Why', line.why, 'theirs')} ${fact('Operation', line.operation || undefined)}
          ${fact('Front', call.provider)}
          ${fact('The provider answered', call.upstreamStatus === undefined ? undefined : String(call.upstreamStatus))}
          ${fact('Ended', call.finishedAt && toSecondText(call.finishedAt, view.reader))}
          <div>
            <dt>Grant</dt>
            <dd>
              <a href="/grants/${encodeURIComponent(call.grantId)}">${toAgentText(call.grantId)}</a>
            </dd>
          </div>
          ${fact('Record', call.id)}
        </dl>
      </article>
      ${isRefused && renderRefusal(call, line, allowed)}`,
  })
}

function fact(
  label: string,
  value: string | readonly string[] | undefined,
  whose: 'ours' | 'theirs' = 'ours',
): Html | undefined {
  if (value === undefined) return undefined
  const all = typeof value === 'string' ? [value] : value
  return html`<div>
    <dt>${label}</dt>
    <dd>
      ${all.map((one, n) => html`${n > 0 && html`<br />`}${whose === 'ours' ? one : html`<span class="agent-text">${one}</span>`}`)}
    </dd>
  </div>`
}

/** from the refusal to the rule that refused, and one step on to where the rule can be changed */
function renderRefusal(
  { caveat, grantId, reason }: RecordedCall,
  line: ActivityLine,
  allowed: CallView['allowed'],
): Html {
  return html`<section class="card">
    <h2>What refused it</h2>
    <p>${whoRefused(caveat, reason)}</p>
    ${line.why !== undefined && html`<p>The rule: <span class="agent-text">${line.why}</span>.</p>`}
    ${
      allowed === undefined || allowed.length === 0
        ? html`<p>The grant says nothing of this kind of call, so it is not allowed.</p>`
        : html`<p>What the grant allows of this kind:</p>
            <ul class="sentences">
              ${allowed.map((sentence) => html`<li>${sentence}</li>`)}
            </ul>`
    }
    <p>
      <a class="button" href="/grants/${encodeURIComponent(grantId)}/change"
        >Change what the grant allows</a
      >
    </p>
    ${
      caveat !== undefined &&
      html`<details>
        <summary>The rule as the access spells it</summary>
        <p><code class="agent-text">${toAgentText(caveat, 2_000)}</code></p>
      </details>`
    }
  </section>`
}

/** block 0 is the buyer's own consent; every later one was added by whoever held the access */
function whoRefused(caveat: string | undefined, reason: string | undefined): string {
  if (reason === 'paused') return 'The grant was paused when this was tried.'
  const block = /^block (\d{1,6}):/u.exec(caveat ?? '')?.[1]
  if (block === '0') return 'What you allowed does not go that far.'
  if (block !== undefined) {
    return 'What you allowed goes that far, or further. The agent, or somebody it passed its access on to, narrowed it for this task.'
  }
  return reason === 'no_right'
    ? 'What you allowed does not go that far.'
    : 'The front refused it before it came to what you allowed, or beside it.'
}

/** the sentences of the grant that are about this kind of call */
export function sentencesAbout(
  details: unknown,
  call: RecordedCall,
): readonly string[] | undefined {
  const operation = textIn(call.facts, 'operation') ?? call.operation ?? ''
  try {
    return parseCapabilities(details).flatMap((capability) => {
      const about = capability.actions.filter((one) => operation === `${capability.type}.${one}`)
      if (about.length === 0) return []
      return describe(restrict(capability, about)).map(({ sentence }) => sentence)
    })
  } catch {
    return undefined
  }
}
