import { html, flag, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import { LOCALES, ZONES, type ReaderChoice } from '../reader.ts'
import type { ListedSession } from '../sessions.ts'
import { renderDay, renderTime } from '../time-view.ts'
import type { Visit } from '../visit.ts'
import type { ListedPasskey } from './passkeys.ts'
import type { SecurityEvent } from './security-events.ts'

export interface YouView extends Visit {
  readonly passkeys: readonly ListedPasskey[]
  /** whether one can be made at this address */
  readonly passkeysWork: boolean
  readonly hasPassword: boolean
  readonly sessions: readonly ListedSession[]
  /** the one that looks */
  readonly current: string
  readonly events: readonly SecurityEvent[]
  readonly chosen: ReaderChoice
  readonly notice: string | undefined
  readonly problem: string | undefined
}

export function renderYouPage(view: YouView): string {
  return renderPage({
    title: 'You',
    room: 'you',
    signedIn: view,
    content: html`<h1>You</h1>
      <p class="lead">How you sign in, where you are signed in, and how times are shown to you.</p>
      ${view.notice !== undefined && html`<p class="notice" role="status">${view.notice}</p>`}
      ${view.problem !== undefined && html`<p class="problem" role="alert">${view.problem}</p>`}
      ${renderPasskeys(view)} ${renderPassword(view)} ${renderSessions(view)} ${renderEvents(view)}
      ${renderReading(view)}`,
  })
}

function renderPasskeys({ passkeys, passkeysWork, formToken, reader }: YouView): Html {
  return html`<section aria-labelledby="passkeys">
    <h2 id="passkeys">Passkeys</h2>
    <p class="hint">
      A passkey signs you in with your fingerprint, your face or the code of your device. It works
      on this site only, so no imitation of it can ask you for it.
    </p>
    ${
      passkeys.length > 0 &&
      html`<ul class="entries">
        ${passkeys.map(
          ({ id, name, createdAt, lastUsedAt }) =>
            html`<li>
              <p><strong class="name">${name}</strong></p>
              <p class="hint">
                Added ${renderDay(createdAt, reader)}.
                ${lastUsedAt ? html`Last used ${renderTime(lastUsedAt, reader)}.` : 'Not used yet.'}
              </p>
              <details>
                <summary>Remove<span class="unseen"> the passkey ${name}</span>…</summary>
                <form method="post" action="/you/passkeys/remove">
                  <input type="hidden" name="form_token" value="${formToken}" />
                  <input type="hidden" name="id" value="${id}" />
                  <p>
                    It then opens nothing here, and you are signed out everywhere else. You can
                    delete it on its device too.
                  </p>
                  <button class="danger">Remove this passkey</button>
                </form>
              </details>
            </li>`,
        )}
      </ul>`
    }
    ${
      passkeysWork
        ? html`<form method="post" action="/you/passkeys/new">
            <input type="hidden" name="form_token" value="${formToken}" />
            <button>Add a passkey</button>
          </form>`
        : html`<p class="hint">
            No passkey can be made at this address: browsers want a name, and encryption. Whoever
            runs this server can give it one.
          </p>`
    }
  </section>`
}

function renderPassword({ hasPassword, passkeys, formToken }: YouView): Html {
  return html`<section aria-labelledby="password">
    <h2 id="password">Password</h2>
    <p class="hint">
      ${
        hasPassword
          ? 'When you change or end it, you are signed out everywhere else.'
          : 'You have none: only your passkeys sign you in.'
      }
    </p>
    <div class="side-by-side">
      <form method="post" action="/you/password">
        <input type="hidden" name="form_token" value="${formToken}" />
        <button>${hasPassword ? 'Change the password' : 'Set a password'}</button>
      </form>
      ${
        hasPassword &&
        passkeys.length > 1 &&
        html`<form method="post" action="/you/password/end">
          <input type="hidden" name="form_token" value="${formToken}" />
          <button>Sign in with passkeys only</button>
        </form>`
      }
    </div>
  </section>`
}

function renderSessions({ sessions, current, formToken, reader }: YouView): Html {
  return html`<section aria-labelledby="sessions">
    <h2 id="sessions">Where you are signed in</h2>
    <ul class="entries">
      ${sessions.map(
        ({ idHash, device, startedAt, seenAt }) =>
          html`<li>
            <p>
              <span class="agent-text">${device}</span>
              ${idHash === current && html`<span class="state active">This browser</span>`}
            </p>
            <p class="hint">
              Since ${renderTime(startedAt, reader)}.
              ${idHash !== current && html`Last seen ${renderTime(seenAt, reader)}.`}
            </p>
            ${
              idHash !== current &&
              html`<form method="post" action="/you/sessions/end">
                <input type="hidden" name="form_token" value="${formToken}" />
                <input type="hidden" name="session" value="${idHash}" />
                <button class="quiet">Sign out there<span class="unseen">: ${device}</span></button>
              </form>`
            }
          </li>`,
      )}
    </ul>
    ${
      sessions.length > 1 &&
      html`<form method="post" action="/you/sessions/end-others">
        <input type="hidden" name="form_token" value="${formToken}" />
        <button>Sign out everywhere else</button>
      </form>`
    }
  </section>`
}

function renderEvents({ events, reader }: YouView): Html | undefined {
  if (events.length === 0) return undefined
  return html`<section aria-labelledby="events">
    <h2 id="events">What happened lately</h2>
    <p class="hint">
      If one of these was not you: change your password, sign out everywhere else, and look through
      your passkeys.
    </p>
    <ul class="entries">
      ${events.map(
        (event) =>
          html`<li>
            <p>${describe(event)}</p>
            <p class="hint">${renderTime(event.at, reader)}</p>
          </li>`,
      )}
    </ul>
  </section>`
}

function describe({ kind, detail }: SecurityEvent): Html {
  const what = html`<span class="agent-text">${detail}</span>`
  switch (kind) {
    case 'new_device':
      return html`Signed in from a new browser: ${what}`
    case 'passkey_added':
      return html`Passkey added: ${what}`
    case 'passkey_removed':
      return html`Passkey removed: ${what}`
    case 'passkey_refused':
      return html`<strong class="risk">Take care</strong> A passkey was refused, because somebody
        else may have a copy of it: ${what}`
    case 'password_changed':
      return html`Password changed`
    case 'password_ended':
      return html`Password ended: only passkeys sign you in`
    case 'recovered':
      return html`<strong class="risk">Take care</strong> A recovery link was used to sign in`
    case 'sessions_ended':
      return html`Signed out everywhere else`
  }
}

const languages = new Intl.DisplayNames('en-GB', { type: 'language', languageDisplay: 'standard' })

function renderReading({ chosen, formToken }: YouView): Html {
  return html`<section aria-labelledby="reading">
    <h2 id="reading">Dates and times</h2>
    <form class="stack" method="post" action="/you/reading">
      <input type="hidden" name="form_token" value="${formToken}" />
      <div class="field">
        <label for="locale">How dates and numbers are written</label>
        <select id="locale" name="locale" aria-describedby="locale-help">
          <option value="">As my browser says</option>
          ${LOCALES.map((locale) => renderOption(locale, languages.of(locale) ?? locale, chosen.locale))}
        </select>
        <p class="hint" id="locale-help">The words on these pages stay English.</p>
      </div>
      <div class="field">
        <label for="zone">Time zone</label>
        <select id="zone" name="zone">
          <option value="">Not chosen: UTC</option>
          ${ZONES.map((zone) => renderOption(zone, zone.replaceAll('_', ' '), chosen.zone))}
        </select>
      </div>
      <div><button>Save</button></div>
    </form>
  </section>`
}

function renderOption(value: string, label: string, chosen: string | null): Html {
  return html`<option value="${value}" ${flag('selected', value === chosen)}>${label}</option>`
}
