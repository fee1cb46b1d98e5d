import type { ProviderType } from '../../../capabilities/index.ts'
import type { OAuthProvider } from '../../state/authorization-server.ts'
import { flag, html, type Html } from '../html.ts'
import { abilitiesOf, abilityField, heldAbilities } from './abilities.ts'
import { OWNERS } from './owners.ts'

/** what every form of the room carries */
export interface FormFrame {
  readonly formToken: string
  readonly wayBack: string | undefined
}

/** the connection that a form is about; a new one otherwise */
export interface Again {
  readonly id: string
  readonly scopes: readonly string[] | undefined
}

export function renderHidden({ formToken, wayBack }: FormFrame, connectionId?: string): Html {
  return html`<input type="hidden" name="form_token" value="${formToken}" />
    ${wayBack !== undefined && html`<input type="hidden" name="back" value="${wayBack}" />`}
    ${
      connectionId !== undefined &&
      html`<input type="hidden" name="connection" value="${connectionId}" />`
    }`
}

/** what she has stays; what she may add is ticked */
export function renderOAuthForm(provider: OAuthProvider, frame: FormFrame, again?: Again): Html {
  const { name } = OWNERS[provider]
  const held = again?.scopes === undefined ? [] : heldAbilities(provider, again.scopes)
  const basis = abilitiesOf(provider).filter(({ isBasis }) => isBasis === true)
  const fixed = held.length > 0 ? held : basis
  const open = abilitiesOf(provider).filter((one) => !fixed.includes(one))
  return html`<form method="post" action="/connections/${provider}/connect">
    ${renderHidden(frame, again?.id)}
    ${
      fixed.length > 0 &&
      html`<p>
        ${
          held.length > 0
            ? `Allowed already: ${held.map(({ label }) => label.toLowerCase()).join(', ')}.`
            : 'Reading mail is always part of it: whatever else an agent does is checked against what stands in the mailbox.'
        }
      </p>`
    }
    ${
      open.length > 0 &&
      html`<fieldset class="plain">
        <legend>${held.length > 0 ? 'Allow more' : 'What agents may be able to do with it'}</legend>
        ${open.map(
          (one) =>
            html`<label class="tick"
              ><input
                type="checkbox"
                name="${abilityField(one)}"
                ${flag('checked', provider === 'hubspot' && again === undefined && one.id === 'contacts')}
              /><span>${one.label}</span></label
            >`,
        )}
        <p class="hint">
          This allows no agent anything yet: it is the most that you can allow one later. You can
          add to it at any time.
        </p>
      </fieldset>`
    }
    <button class="${again === undefined ? 'primary' : ''}">
      ${again === undefined ? `Connect with ${name}` : `Connect again with ${name}`}
    </button>
  </form>`
}

const PASTED = {
  hubspot: {
    label: 'Token of a private app',
    hint: 'In HubSpot: Settings, Integrations, Private apps. Give the app only the scopes that agents need. The token begins with “pat-”.',
    button: 'Check and store this token',
  },
  stripe: {
    label: 'Restricted key',
    hint: 'In Stripe: Developers, API keys, Create restricted key. Allow it only what agents need, and let it read the account. The key begins with “rk_”.',
    button: 'Check and store this key',
  },
} as const

export type PastedProvider = keyof typeof PASTED

export function isPasted(provider: ProviderType): provider is PastedProvider {
  return provider !== 'gmail'
}

/** INVARIANT: nothing that was pasted is ever put back into the field */
export function renderPasteForm(
  provider: PastedProvider,
  frame: FormFrame,
  options: { again?: Again; problem?: string | undefined } = {},
): Html {
  const { label, hint, button } = PASTED[provider]
  const { again, problem } = options
  const field = `secret-${again?.id ?? provider}`
  return html`<form class="paste" method="post" action="/connections/${provider}/paste">
    ${renderHidden(frame, again?.id)}
    <div class="field">
      <label for="${field}">${label}</label>
      <input
        id="${field}"
        name="secret"
        type="password"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        maxlength="4096"
        required
        aria-describedby="${field}-help${problem !== undefined && ` ${field}-problem`}"
        ${problem !== undefined && html`aria-invalid="true"`}
      />
      <p class="hint" id="${field}-help">${hint}</p>
      ${
        problem !== undefined &&
        html`<p class="field-problem" role="alert" id="${field}-problem">${problem}</p>`
      }
    </div>
    <button class="${again === undefined ? 'primary' : ''}">${button}</button>
  </form>`
}
