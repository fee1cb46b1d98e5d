import { html, type Html } from '../html.ts'
import { renderPage } from '../layout.ts'
import type { Visit } from '../visit.ts'
import type { Progress } from './progress.ts'

export interface ChecklistView extends Visit, Progress {
  /** whether there are any at this address */
  readonly passkeys: boolean
}

interface Step {
  readonly title: string
  readonly done: boolean
  readonly optional?: boolean
  readonly text: string
  readonly link?: { readonly to: string; readonly label: string }
}

export function renderChecklist(view: ChecklistView): string {
  const steps = toSteps(view)
  const next = steps.find(({ done, optional }) => !done && optional !== true)
  return renderPage({
    title: 'First steps',
    signedIn: view,
    content: html`<h1>${next ? 'First steps' : 'Everything is set up'}</h1>
      <p class="lead">
        ${
          next
            ? 'From here to the first agent that works for you, and only as far as you say.'
            : 'An account is connected and an agent has its first grant. What it does is under Activity, and you can stop it under Agents at any time.'
        }
      </p>
      <ol class="steps">
        ${steps.map((step) => renderStep(step, step === next))}
      </ol>
      ${!next && html`<p><a class="button" href="/grants">Go to your agents</a></p>`}`,
  })
}

function toSteps({ passkey, passkeys, connected, granted }: ChecklistView): Step[] {
  return [
    { title: 'Your account', done: true, text: 'It is made, and you are signed in.' },
    ...(passkeys || passkey ? [toPasskeyStep(passkey)] : []),
    {
      title: 'Connect an account',
      done: connected,
      text: connected
        ? 'The key to it stays here, sealed. No agent is ever given it.'
        : 'Gmail, HubSpot or Stripe: whichever an agent is to work with. The key to it stays here, sealed; no agent is ever given it.',
      link: { to: '/connections', label: connected ? 'See your accounts' : 'Connect an account' },
    },
    {
      title: 'Let an agent ask',
      done: granted,
      text: granted
        ? 'You have decided what an agent may do.'
        : 'Give the agent, or whoever runs it, what stands on the next page. It then sends you here with a list of what it wants; nothing happens until you have read it and said yes.',
      link: granted
        ? { to: '/grants', label: 'See what you allowed' }
        : { to: '/developers', label: 'What to give the agent' },
    },
  ]
}

function toPasskeyStep(done: boolean): Step {
  return {
    title: 'Sign in without a password',
    done,
    optional: true,
    text: done
      ? 'You have a passkey. It works on this site and on no imitation of it.'
      : 'A passkey uses your fingerprint, your face or the code of your device. It works on this site and on no imitation of it.',
    link: { to: '/you', label: done ? 'See your passkeys' : 'Add a passkey' },
  }
}

function renderStep({ title, done, optional, text, link }: Step, next: boolean): Html {
  return html`<li class="card step ${done ? 'done' : ''}" ${next && html`aria-current="step"`}>
    <div class="card-head">
      <h2>${title} ${optional && html`<span class="optional">(optional)</span>`}</h2>
      <span class="state ${done && 'active'}">${done ? 'Done' : next ? 'Next' : 'Open'}</span>
    </div>
    <p>${text}</p>
    ${link && html`<p><a class="${next ? 'button primary' : ''}" href="${link.to}">${link.label}</a></p>`}
  </li>`
}
