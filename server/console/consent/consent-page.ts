import type { TokenLifetimes } from '../../authority/token-lifetime.ts'
import { PROVIDERS, type ProviderType } from '../../../capabilities/index.ts'
import { flag, html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import { ZONES, type Reader } from '../reader.ts'
import { toDayText } from '../time-text.ts'
import {
  accountField,
  accountsOf,
  chosenAccount,
  PROVIDER_NAMES,
  providersOf,
  type Account,
} from './accounts.ts'
import type { KnownAgent } from './agent.ts'
import { renderAgent } from './agent-view.ts'
import { controlsOf, fieldOf } from './controls.ts'
import type { Differences } from './difference.ts'
import type { EarlierGrant } from './earlier.ts'
import { renderEarlier, renderEndEarlier } from './earlier-view.ts'
import { renderPresetNotice, renderPresets } from './preset-view.ts'
import type { Preset } from './presets.ts'
import { isRowTouched, renderRow } from './row-view.ts'
import type { ProposedRow } from './rows.ts'
import type { Problems } from './tighten.ts'
import { renderTokenLifetime, tokenLifetimeField } from './token-lifetime-field.ts'

export interface ConsentView {
  readonly uid: string
  readonly formToken: string
  readonly email: string
  readonly reader: Reader
  readonly agent: KnownAgent
  /** what she allowed it before, and how each row stands to that */
  readonly earlier: readonly EarlierGrant[]
  readonly differences: Differences
  /** what is asked for does all that the earlier grants do, with the same accounts */
  readonly coversEarlier: boolean
  /** all of them are of use with the agent's own key only */
  readonly hadOwnKey: boolean
  /** those that would take something away and leave something */
  readonly presets: readonly Preset[]
  /** the one that made what is shown */
  readonly preset: Preset | undefined
  readonly rows: readonly ProposedRow[]
  /** what it could not do even if everything were allowed */
  readonly absent: readonly string[]
  readonly accounts: readonly Account[]
  readonly today: Date
  readonly latestExpiry: Date
  readonly tokenLifetimes: TokenLifetimes
  /** what the buyer had entered, when the page is shown again */
  readonly entered: ReadonlyMap<string, string> | undefined
  readonly problems: Problems
}

export function renderConsentPage(view: ConsentView): string {
  const { agent, problems } = view
  const providers = providersOf(view.rows.map(({ capability }) => capability))
  const canAllow = providers.some((one) => accountsOf(view.accounts, one).length > 0)
  return renderPage({
    title: problems.size > 0 ? 'Please check your choice' : 'An agent asks for access',
    signedIn: { email: view.email },
    content: html`<h1>An agent asks to work in your name</h1>
      ${renderAgent(agent)} ${problems.size > 0 && renderSummary(view)}
      ${renderPresetNotice(view.preset)} ${renderEarlier(view)}
      <form id="choice" method="post" action="/consent/${view.uid}/confirm">
        <input type="hidden" name="form_token" value="${view.formToken}" />
        <button disabled hidden>Enter in a field does not allow anything</button>
        ${canAllow && renderPresets(view.presets, view.uid)}
        ${providers.map((provider) => renderProvider(provider, view))} ${renderAbsent(view.absent)}
        <section aria-labelledby="terms">
          <h2 id="terms">With which account, and until when</h2>
          ${providers.map((provider) => renderAccounts(provider, view))}
          ${canAllow && renderExpiry(view)}
        </section>
        ${canAllow && renderHolder(view)}
        ${
          canAllow &&
          renderEndEarlier({
            earlier: view.earlier,
            isCovered: view.coversEarlier,
            entered: view.entered,
          })
        }
        <datalist id="zones">
          ${ZONES.map((zone) => html`<option value="${zone}"></option>`)}
        </datalist>
      </form>
      <div class="decision">
        ${canAllow && html`<button class="primary" form="choice">Allow what is ticked</button>`}
        <form method="post" action="/consent/${view.uid}/abort">
          <input type="hidden" name="form_token" value="${view.formToken}" />
          <button>Refuse everything</button>
        </form>
        <p class="hint">
          You then return to <span class="agent-text">${agent.returnsTo}</span>. You can revoke what
          you allow at any time.
        </p>
      </div>`,
  })
}

function renderProvider(provider: ProviderType, view: ConsentView): Html {
  const own = view.rows.filter(({ capability }) => capability.type === provider)
  const known = own.filter((row) => view.differences.get(row)?.kind === 'before')
  const others = own.filter((row) => !known.includes(row))
  return html`<section aria-labelledby="${provider}">
    <h2 id="${provider}">What it may do with ${PROVIDER_NAMES[provider]}</h2>
    <p class="hint">
      Untick what you do not want. You can make each row narrower, never wider than it was asked
      for.
    </p>
    ${
      view.earlier.length > 0 &&
      others.length === 0 &&
      html`<p>Nothing here is new, and nothing goes further than what you allowed.</p>`
    }
    ${others.map((row) => renderOne(row, view))} ${known.length > 0 && renderKnown(known, view)}
  </section>`
}

function renderOne(row: ProposedRow, view: ConsentView): Html {
  return renderRow(row, { ...view, difference: view.differences.get(row) })
}

/** what is inside what she allowed already: folded, unless something in it is to be looked at */
function renderKnown(rows: readonly ProposedRow[], view: ConsentView): Html {
  const { entered, problems } = view
  const isOpen = rows.some(
    (row) =>
      problems.has(row.id) ||
      isRowTouched(row, view) ||
      (entered !== undefined && entered.get(row.id) !== 'on'),
  )
  return html`<details class="known" ${flag('open', isOpen)}>
    <summary>As before: ${rows.map(({ title }) => title).join(', ')}</summary>
    ${rows.map((row) => renderOne(row, view))}
  </details>`
}

function renderSummary({ problems, rows, reader }: ConsentView): Html {
  const whole = problems.get('form')
  const places = [...problems].filter(([field]) => field !== 'form')
  return html`<div class="problem" role="alert" id="problems">
    <p>${whole ?? 'Nothing has been allowed yet. Please look again at what is marked below.'}</p>
    ${
      places.length > 0 &&
      html`<ul>
        ${places.map(([field, text]) => renderPlace(field, text, nameOfField(field, rows, reader)))}
      </ul>`
    }
  </div>`
}

function renderPlace(field: string, text: string, name: string): Html {
  return html`<li><a href="#${field}">${name}</a>: ${text}</li>`
}

function nameOfField(field: string, rows: readonly ProposedRow[], reader: Reader): string {
  const row = rows.find(({ id }) => field === id || field.startsWith(`${id}.`))
  if (!row) return namesOfTerms[field] ?? 'Last day'
  const control = controlsOf(row.capability, reader).find((one) => fieldOf(row, one) === field)
  const parts = [row.title, control?.group, control?.label]
  return parts.filter((part) => part !== undefined).join(', ')
}

const namesOfTerms: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    PROVIDERS.map((one) => [accountField(one), `${PROVIDER_NAMES[one]} account`]),
  ),
  [tokenLifetimeField]: 'How long its access is good for',
}

function renderAbsent(absent: readonly string[]): Html | undefined {
  if (absent.length === 0) return undefined
  return html`<section class="absent" aria-labelledby="absent">
    <h2 id="absent">Even then, it still cannot</h2>
    <ul>
      ${absent.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
  </section>`
}

function renderAccounts(
  provider: ProviderType,
  { uid, accounts, earlier, entered, problems }: ConsentView,
): Html {
  const own = accountsOf(accounts, provider)
  const [field, name] = [accountField(provider), PROVIDER_NAMES[provider]]
  if (own.length === 0) {
    return html`<p class="problem" id="${field}">
      No ${name} account is connected yet, so there is nothing to allow it for.
      <a
        href="/connections?${new URLSearchParams({ back: `/consent/${uid}` }).toString()}#${provider}"
        >Connect your ${name} account</a
      >. You come back here afterwards; the request stays open for a few minutes.
    </p>`
  }
  const chosen = chosenAccount(provider, { accounts, earlier, entered })
  const problem = problems.get(field)
  return html`<fieldset
    class="plain"
    id="${field}"
    ${problem !== undefined && html`aria-describedby="${field}-problem"`}
  >
    <legend>${name} account</legend>
    ${own.map(
      ({ id, account }) =>
        html`<label class="tick"
          ><input
            type="radio"
            name="${field}"
            value="${id}"
            ${flag('checked', id === chosen)}
          /><span>${account}</span></label
        >`,
    )}
    ${problem !== undefined && html`<p class="field-problem" id="${field}-problem">${problem}</p>`}
  </fieldset>`
}

function renderExpiry({ today, latestExpiry, reader, entered, problems }: ConsentView): Html {
  const problem = problems.get('expires_on')
  return html`<div class="field">
    <label for="expires_on">Last day <span class="optional">(optional)</span></label>
    <input
      id="expires_on"
      name="expires_on"
      type="date"
      min="${toIsoDay(today)}"
      max="${toIsoDay(latestExpiry)}"
      value="${entered?.get('expires_on') ?? ''}"
      aria-describedby="expires_on-help${problem && ' expires_on-problem'}"
      ${problem && html`aria-invalid="true"`}
    />
    <p class="hint" id="expires_on-help">
      Empty: until ${toDayText(latestExpiry, reader)}, the longest a grant can last.
    </p>
    ${problem && html`<p class="field-problem" id="expires_on-problem">${problem}</p>`}
  </div>`
}

/** RFC 9449 in a shop owner's words: bound, or a bearer token, and what that means for her */
function renderHolder(view: ConsentView): Html {
  const { agent, entered, tokenLifetimes, problems } = view
  return html`<section aria-labelledby="holder">
    <h2 id="holder">Who can use it</h2>
    ${
      agent.bringsOwnKey
        ? html`<p>
            Only this agent. It proves with every call that it has its own key; a copy of its access
            is of no use to anybody else.
          </p>`
        : html`<p>
              <strong class="risk">Take care</strong> Whoever gets hold of this agent’s access can
              use it as the agent can, until it ends or you revoke it.
            </p>
            <label class="tick"
              ><input
                type="checkbox"
                name="own_key"
                aria-describedby="own_key-help"
                ${flag('checked', entered?.get('own_key') === 'on')}
              /><span>Only with the agent’s own key</span></label
            >
            <p class="hint" id="own_key-help">
              Then a copy is of no use without that key. An agent that has no key of its own cannot
              work for you with this
              ticked.${view.hadOwnKey && ' What you allowed it before is good with its own key only: not ticked, this goes further.'}
            </p>`
    }
    ${renderTokenLifetime({
      lifetimes: tokenLifetimes,
      bringsOwnKey: agent.bringsOwnKey,
      entered: entered?.get(tokenLifetimeField),
      problem: problems.get(tokenLifetimeField),
    })}
  </section>`
}

function toIsoDay(time: Date): string {
  return time.toISOString().slice(0, 10)
}
