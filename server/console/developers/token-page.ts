import { toAgentText } from '../agent-text.ts'
import { html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import { renderSecond } from '../time-view.ts'
import type { Visit } from '../visit.ts'
import type { Inspection, Standing } from './inspection.ts'

export interface TokenView extends Visit {
  /** undefined: nothing was pasted yet */
  readonly inspection: Inspection | undefined
}

/** INVARIANT: what was pasted is not on the page again: it is a credential, and screens are shared */
export function renderTokenPage(view: TokenView): string {
  const { email, formToken, waiting, inspection } = view
  const problem = inspection !== undefined && !inspection.ok ? inspection.reason : undefined
  return renderPage({
    title: 'Look into a token',
    signedIn: { email, formToken, waiting },
    room: 'developers',
    content: html`<p><a href="/developers">For developers</a></p>
      <h1>Look into a token</h1>
      <form class="stack" method="post" action="/developers/token">
        <input type="hidden" name="form_token" value="${formToken}" />
        <div class="field">
          <label for="token">Capability token</label>
          <textarea
            id="token"
            name="token"
            rows="4"
            maxlength="8300"
            spellcheck="false"
            autocapitalize="none"
            autocomplete="off"
            aria-describedby="token-help${problem !== undefined && ' token-problem'}"
            ${problem !== undefined && html`aria-invalid="true"`}
          ></textarea>
          <p class="hint" id="token-help">
            A token is as good as a password. This server reads it for this one answer: it is not
            kept, not written down anywhere, and not shown again.
          </p>
          ${
            problem !== undefined &&
            html`<p class="field-problem" role="alert" id="token-problem">
              ${toAgentText(problem, 300)}
            </p>`
          }
        </div>
        <p><button class="primary">Read it</button></p>
      </form>
      ${inspection?.ok && renderInspection(inspection, view)}`,
  })
}

type Read = Extract<Inspection, { readonly ok: true }>

function renderInspection(
  { token, verified, standing }: Read,
  { reader }: Pick<TokenView, 'reader'>,
): Html {
  return html`<section aria-labelledby="says" role="status">
    <h2 id="says">What it says</h2>
    ${renderVerdict(verified, standing)}
    <dl class="facts">
      <div>
        <dt>Grant</dt>
        <dd>${renderName(token.grantId)}</dd>
      </div>
      <div>
        <dt>Agent</dt>
        <dd>${renderName(token.clientId)}</dd>
      </div>
      <div>
        <dt>Until</dt>
        <dd>${renderEnd(token.expiresAt, reader)}</dd>
      </div>
    </dl>
    ${token.lineage.map((block, index) => renderBlock(block, index, verified === true))}
  </section>`
}

function renderVerdict(verified: Read['verified'], standing: Standing | undefined): Html {
  if (verified !== true) {
    return html`<p class="problem">
      <strong>Not accepted here:</strong> ${toAgentText(verified, 300)}. Whatever it says below,
      anybody can have written.
    </p>`
  }
  const isLive = standing === 'live'
  return html`<p class="${isLive ? 'notice' : 'problem'}">
    <strong>The signatures hold:</strong> this server issued it. ${WORDS[standing ?? 'unknown']}
  </p>`
}

const WORDS: Readonly<Record<Standing, string>> = {
  live: 'It is neither revoked nor paused.',
  revoked: 'It is revoked: no front accepts it.',
  paused: 'Its grant is paused: no front accepts it until it is resumed.',
  ended: 'It has ended: no front accepts it.',
  unknown: 'Its grant is not known here any more, so there is nothing to say about how it stands.',
}

function renderBlock(
  { revocationId, sentences, checks, delegatedTo }: Read['token']['lineage'][number],
  index: number,
  isVerified: boolean,
): Html {
  // the first block is this server's own word, if it is; every later one its holder's
  const isOurs = index === 0 && isVerified
  const words = isOurs ? '' : 'agent-text'
  return html`<article class="card block" aria-labelledby="block-${index}">
    <h3 id="block-${index}">${index === 0 ? 'What was granted' : `Narrowed, step ${index}`}</h3>
    ${sentences.length === 0 && html`<p class="hint">Nothing that can be put into words.</p>`}
    <ul class="sentences">
      ${sentences.map((sentence) => html`<li><span class="${words}">${toAgentText(sentence, 1_000)}</span></li>`)}
    </ul>
    <dl class="facts">
      <div>
        <dt>Revocation id</dt>
        <dd><code>${revocationId}</code></dd>
      </div>
      ${
        delegatedTo !== undefined &&
        html`<div>
          <dt>Only with the key</dt>
          <dd><code class="agent-text">${toAgentText(delegatedTo, 64)}</code></dd>
        </div>`
      }
    </dl>
    <details>
      <summary>As caveats</summary>
      <ul class="caveats">
        ${checks.map((check) => html`<li><code class="${words}">${toAgentText(check, 8_000)}</code></li>`)}
      </ul>
    </details>
  </article>`
}

function renderName(name: string | undefined): Html {
  return name === undefined
    ? html`It names none`
    : html`<code class="agent-text">${toAgentText(name, 200)}</code>`
}

/** a stranger's number may be no time at all */
function renderEnd(expiresAt: number | undefined, reader: TokenView['reader']): Html {
  if (expiresAt === undefined) return html`No end of its own`
  const time = new Date(expiresAt * 1000)
  return Number.isNaN(time.getTime()) ? html`A time that is none` : renderSecond(time, reader)
}
