import type { Client } from 'oidc-provider'
import { bringsOwnKey } from '../../authority/key-binding.ts'
import type { Parameters } from '../../authority/proposal.ts'
import { toAgentText } from '../agent-text.ts'
import type { ClientOrigin } from './client-origin.ts'

/** who asks, as far as it can be known: everything here but the hosts and the origin is the agent's own word */
export interface AskingAgent {
  readonly clientId: string
  readonly name: string
  readonly website: string
  /** where the browser goes afterwards; checked against the client's registration */
  readonly returnsTo: string
  /** a program on the buyer's own machine: anybody's program can answer at such an address */
  readonly isLocalProgram: boolean
  /** its tokens will be of no use without a key that only it has */
  readonly bringsOwnKey: boolean
}

/** the same, with what this server knows of it by itself */
export interface KnownAgent extends AskingAgent {
  readonly origin: ClientOrigin
}

export function toAskingAgent(client: Client, parameters: Parameters): AskingAgent {
  const redirectUri = String(parameters['redirect_uri'])
  const url = URL.parse(redirectUri)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  const isLocal = isWeb && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  return {
    clientId: toAgentText(client.clientId, 200),
    name: toAgentText(client.clientName),
    website: toAgentText(client.clientUri, 120),
    returnsTo: toAgentText(isWeb ? url.host : (url?.protocol ?? redirectUri), 120),
    isLocalProgram: isLocal || !isWeb,
    bringsOwnKey: bringsOwnKey(client, parameters),
  }
}

/** what to call it in a sentence of ours, always within a `<q class="agent-text">` */
export function nameOf(agent: Pick<AskingAgent, 'name' | 'clientId'>): string {
  return agent.name === '' ? agent.clientId : agent.name
}
