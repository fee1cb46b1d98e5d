import { createHmac } from 'node:crypto'
import {
  asksForEchoes,
  currenciesNamedIn,
  labelsNamedIn,
  readFilters,
  recordFactsNeededIn,
} from '../capabilities/index.ts'
import { evaluateAction } from './decide.ts'
import type { Call } from './operation.ts'
import { acceptedToken, operationName, secondOf, type Progress } from './progress.ts'
import { ProviderClient } from './provider-client.ts'
import { isCounted } from './spending.ts'
import type { UpstreamHeaders } from './upstream.ts'

/** the way to the account that the buyer bound to the grant */
export async function connect(
  progress: Progress,
  headers: UpstreamHeaders,
): Promise<ProviderClient> {
  const { ports, upstream, provider } = progress.pipeline
  const { grantId } = acceptedToken(progress).token
  const connection = await ports.connections.forGrant(grantId, provider.name)
  return new ProviderClient({
    upstream,
    connection,
    lifetime: progress.lifetime,
    headers,
    readErrorCode: (status, body) => provider.readErrorCode?.(status, body),
    isQuestion: (path) => provider.isQuestion?.(path) === true,
    ...(provider.refusesWith409 && { refusesWith409: true }),
    onLeak: () => {
      const operation = operationName(progress)
      ports.log({ event: 'credential_in_answer', decisionId: progress.id, operation })
    },
  })
}

const NO_NAMES: Call['names'] = new Map()

/** what an operation gets to work with, and nothing else */
export async function createCall(
  progress: Progress,
  client: ProviderClient,
  connectedAccount: string | undefined,
): Promise<Call> {
  const { ports, pageTokens, provider, remembered } = progress.pipeline
  const { token } = acceptedToken(progress)
  const { grantId } = token
  const bindingOf = (query: string): string =>
    JSON.stringify([grantId, operationName(progress), query, connectedAccount])
  const remember: Call['remember'] = async (what, milliseconds, read) =>
    remembered.get(`${client.connectionId} ${what}`, milliseconds, read)
  const names = await (provider.readNames(token, { reader: client, remember }) ?? NO_NAMES)
  return {
    decisionId: progress.id,
    names,
    remember,
    grantId,
    account: client.account,
    connectedAccount,
    now: secondOf(progress),
    reader: client,
    servedAttachments: ports.servedAttachments,
    sentMessages: ports.sentMessages,
    shownPassages: client.remembersShown || asksForEchoes(token) ? ports.shownPassages : undefined,
    ownItems: ports.ownItems,
    filterLabels: labelsNamedIn(token.blocks),
    currencies: currenciesNamedIn(token.blocks),
    recordFactsNeeded: (objectType) => recordFactsNeededIn(token.blocks, objectType),
    readFilters: (action, when = 'now') =>
      readFilters(token.blocks, when === 'now' ? secondOf(progress) : undefined, action),
    judge: (action) => evaluateAction(progress, action).decision,
    couldAllow: (action) => evaluateAction(progress, action, { approved: true }).decision.allowed,
    isCounted: (action) => isCounted(progress, action),
    deriveIdempotencyKey: (key) =>
      createHmac('sha256', progress.pipeline.idempotencyKey)
        .update(JSON.stringify([grantId, key]))
        .digest('base64url'),
    wrapPageToken: (upstreamToken, query) => pageTokens.wrap(upstreamToken, bindingOf(query)),
    unwrapPageToken: (pageToken, query) => pageTokens.unwrap(pageToken, bindingOf(query)),
    log: (event) => ports.log(event),
  }
}
