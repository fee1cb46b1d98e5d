import type { ProviderType } from '../../../capabilities/index.ts'
import { countGrants } from '../count-text.ts'
import { toAgentText } from '../agent-text.ts'
import { html, type Html } from '../html.ts'
import type { Reader } from '../reader.ts'
import { renderDay, renderTime } from '../time-view.ts'
import { heldAbilities } from './abilities.ts'
import { explainBroken } from './explain.ts'
import {
  isPasted,
  renderHidden,
  renderOAuthForm,
  renderPasteForm,
  type FormFrame,
} from './forms.ts'
import type { ListedConnection } from './list.ts'
import { nameOfAccount, OWNERS } from './owners.ts'

export interface CardFrame extends FormFrame {
  readonly reader: Reader
  /** the providers that this server is registered with */
  readonly registered: ReadonlySet<ProviderType>
  /** the connection whose pasted credential was refused, and why */
  readonly refused: { readonly id: string; readonly problem: string } | undefined
}

export function renderConnection(one: ListedConnection, frame: CardFrame): Html {
  const { reader } = frame
  return html`<article class="card account" id="${one.id}" aria-labelledby="${one.id}-name">
    <h3 id="${one.id}-name">${nameOfAccount(one)}</h3>
    <p class="state ${one.isWorking ? 'active' : 'paused'}">
      ${one.isWorking ? 'Works' : 'Does not work'}
    </p>
    ${!one.isWorking && renderBroken(one, frame)}
    <dl class="facts">
      <div>
        <dt>Connected</dt>
        <dd>${renderDay(one.createdAt, reader)}</dd>
      </div>
      ${
        !one.isWorking &&
        html`<div>
          <dt>Broken since</dt>
          <dd>${renderTime(one.changedAt, reader)}</dd>
        </div>`
      }
      <div>
        <dt>Last used</dt>
        <dd>${one.lastUsedAt === undefined ? 'Not yet' : renderTime(one.lastUsedAt, reader)}</dd>
      </div>
      <div>
        <dt>Used by</dt>
        <dd>
          ${one.grants === 0 ? 'No grant' : html`<a href="/grants">${countGrants(one.grants)}</a>`}
        </dd>
      </div>
      ${renderAbilities(one)}
    </dl>
    <div class="account-acts">
      <form method="post" action="/connections/${one.id}/check">
        ${renderHidden(frame)}
        <button aria-describedby="${one.id}-name">Check now</button>
      </form>
      ${renderAgain(one, frame)} ${renderDisconnect(one, frame)}
    </div>
  </article>`
}

function renderBroken(one: ListedConnection, frame: CardFrame): Html {
  const { provider, lastError } = one
  const { what, advice } = explainBroken(provider, lastError)
  return html`<div class="problem">
    <p>${what}</p>
    <p>
      ${waysOf(one, frame) === 'none' ? 'Ask whoever runs this server to connect it again.' : advice}
    </p>
    ${
      lastError !== undefined &&
      html`<details>
        <summary>What was said exactly</summary>
        <p class="agent-text">${toAgentText(lastError, 300)}</p>
      </details>`
    }
  </div>`
}

function renderAbilities({ provider, scopes }: ListedConnection): Html | undefined {
  if (provider === 'stripe') {
    if (scopes?.includes('*') !== true) return undefined
    return html`<div>
      <dt>The key</dt>
      <dd>
        <strong class="risk">Take care</strong> This key can do everything in the account. Agents
        still do only what you allow, but a restricted key would do. Replace it when you can.
      </dd>
    </div>`
  }
  if (scopes === undefined) return undefined
  const held = heldAbilities(provider, scopes)
  return html`<div>
    <dt>The most agents can do</dt>
    <dd>${held.length === 0 ? 'Nothing yet' : held.map(({ label }) => label).join('; ')}</dd>
  </div>`
}

/** what came by consent is renewed by consent, and what was pasted is pasted */
function waysOf(
  { provider, scopes }: ListedConnection,
  { registered }: CardFrame,
): 'consent' | 'paste' | 'none' {
  const isRegistered = registered.has(provider)
  if (provider === 'gmail') return isRegistered ? 'consent' : 'none'
  return provider === 'hubspot' && isRegistered && scopes !== undefined ? 'consent' : 'paste'
}

function renderAgain(one: ListedConnection, frame: CardFrame): Html | undefined {
  const { provider } = one
  const way = waysOf(one, frame)
  if (way === 'none') return undefined
  const problem = frame.refused?.id === one.id ? frame.refused.problem : undefined
  const name = nameOfAccount(one)
  return html`<details class="again" ${(!one.isWorking || problem !== undefined) && html`open`}>
    <summary>
      ${way === 'consent' && one.isWorking ? 'Connect again or allow more…' : 'Connect again…'}<span
        class="unseen"
        >${name}</span
      >
    </summary>
    <p>
      Use the same account, ${name}. With another one, that one is connected beside it and this one
      stays as it is.
    </p>
    ${
      way === 'consent' && provider !== 'stripe'
        ? renderOAuthForm(provider, frame, one)
        : isPasted(provider) && renderPasteForm(provider, frame, { again: one, problem })
    }
  </details>`
}

/** two steps without a script: the button shows itself only when its line is opened */
function renderDisconnect(one: ListedConnection, frame: CardFrame): Html {
  return html`<details class="disconnect">
    <summary>Disconnect…<span class="unseen">${nameOfAccount(one)}</span></summary>
    <form method="post" action="/connections/${one.id}/disconnect">
      ${renderHidden(frame)}
      <p>
        ${
          one.grants === 0
            ? 'No grant uses this account.'
            : `${countGrants(one.grants)} ${one.grants === 1 ? 'uses' : 'use'} this account and will stop working with it within five seconds. That is for good: if you connect the account again later, an agent has to ask you anew.`
        }
        What was stored for the account is deleted here. ${describeEnd(one)}
      </p>
      <button class="danger" aria-describedby="${one.id}-name">Disconnect this account</button>
    </form>
  </details>`
}

function describeEnd({ provider }: ListedConnection): string {
  const { name, ends } = OWNERS[provider]
  return provider === 'gmail'
    ? 'Google is told to end the access too.'
    : `${name} cannot be told from here. ${ends}`
}
