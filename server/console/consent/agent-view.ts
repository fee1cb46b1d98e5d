import { html, type Html } from '../html.ts'
import { nameOf, type KnownAgent } from './agent.ts'

/** INVARIANT: no picture of an agent's is ever loaded: a logo is the easiest thing to borrow, and asking for one tells who looks */
export function renderAgent(agent: KnownAgent): Html {
  return html`<section class="card agent" aria-label="Who asks">
    <p class="agent-name"><q class="agent-text">${nameOf(agent)}</q></p>
    <p class="claim">
      ${agent.name === '' ? 'The agent gave no name.' : 'This is what the agent calls itself.'}
      ${renderOrigin(agent)}
    </p>
    <dl class="facts">
      <div>
        <dt>Who is behind it</dt>
        <dd>${renderPublisher(agent)}</dd>
      </div>
      <div>
        <dt>Client id</dt>
        <dd class="agent-text">${agent.clientId}</dd>
      </div>
      ${
        agent.website !== '' &&
        html`<div>
          <dt>Website it names</dt>
          <dd class="agent-text">${agent.website}</dd>
        </div>`
      }
      <div>
        <dt>Answer goes to</dt>
        <dd>
          <span class="agent-text">${agent.returnsTo}</span
          >${agent.isLocalProgram && ' (a program on your own device)'}
        </dd>
      </div>
    </dl>
    ${
      leavesItsSite(agent) &&
      html`<p class="claim">
        <strong class="risk">Take care</strong> The answer goes to another site than its address.
      </p>`
    }
  </section>`
}

function renderOrigin({ origin, isLocalProgram }: KnownAgent): Html {
  const stranger = 'allow only what you would let a stranger do whom you asked for help.'
  switch (origin.kind) {
    case 'document':
      // RFC 8252 §8.6: an address that is public proves nothing of the program that answers at a port
      if (isLocalProgram) {
        return html`It names the address <strong class="agent-text">${origin.host}</strong>, but any
          program on your own device can name that address. Go on only if you started it yourself
          just now, and ${stranger}`
      }
      return html`Its address is <strong class="agent-text">${origin.host}</strong>; whoever
        controls that site is behind it. Look at the address letter by letter. Nobody has checked
        more than that: ${stranger}`
    case 'registration':
      return html`It registered itself. Nobody has checked who is behind it: ${stranger}`
    case 'other_buyer':
      return html`Somebody with an account here registered it. Nobody has checked who is behind it:
      ${stranger}`
    case 'own':
      return html`You registered it yourself in the developers’ corner. It is only as trustworthy as
      the place where its program runs.`
    case 'operator':
      return html`It was added by whoever runs this server. If you do not know why it asks, ask them
      first.`
  }
}

function renderPublisher({ origin, isLocalProgram }: KnownAgent): Html {
  switch (origin.kind) {
    case 'document':
      if (isLocalProgram) return html`Not known`
      return html`Whoever controls <span class="agent-text">${origin.host}</span>`
    case 'registration':
    case 'other_buyer':
      return html`Not known`
    case 'own':
      return html`You`
    case 'operator':
      return html`Known to whoever runs this server`
  }
}

/** a site whose answer goes elsewhere says so itself, but the buyer reads one address and trusts it for both */
function leavesItsSite({ origin, returnsTo, isLocalProgram }: KnownAgent): boolean {
  return origin.kind === 'document' && !isLocalProgram && returnsTo !== origin.host
}
