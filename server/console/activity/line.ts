import { describeOperation, moneyWords } from '../../../capabilities/index.ts'
import { toAgentText } from '../agent-text.ts'
import type { RecordedCall } from './list.ts'

/** a call in words. What is `ours` is written by us; everything else may hold words of agents, mails and providers */
export interface ActivityLine {
  readonly id: string
  readonly at: Date
  readonly who: string
  /** ours, or undefined when we have no words for it */
  readonly what: string | undefined
  /** the operation's own name, where we have no words */
  readonly operation: string
  readonly objects: readonly string[]
  readonly verdict: Verdict
  /** ours */
  readonly result: string
  readonly why: string | undefined
}

type Verdict = 'allowed' | 'refused' | 'waits' | 'failed' | 'pending'

/** an outcome that is not there after so long is not on its way */
const LOST_AFTER_MS = 10 * 60_000
const MAX_OBJECTS = 6
/** of the request as it is recorded: about how it came, not about what it is */
const UNSAID = new Set(['method', 'key', 'part', 'batch', 'messageBytes', 'operation'])

export function toLine(call: RecordedCall, now: number): ActivityLine {
  const operation = textIn(call.facts, 'operation') ?? call.operation ?? ''
  const verdict = verdictOf(call)
  return {
    id: call.id,
    at: call.at,
    who: toAgentText(call.clientName ?? call.clientId ?? ''),
    what: capitalise(describeOperation(operation)),
    operation: toAgentText(operation, 80),
    objects: objectsOf(call),
    verdict,
    result: resultOf(call, verdict, now),
    why: whyOf(call, verdict),
  }
}

function verdictOf({ decision, reason, outcome }: RecordedCall): Verdict {
  if (decision === 'deny' || decision === 'invalid') {
    return reason === 'approval_pending' ? 'waits' : 'refused'
  }
  if (outcome === 'failed' || outcome === 'unknown') return 'failed'
  return outcome === 'done' ? 'allowed' : 'pending'
}

function resultOf({ at, outcome }: RecordedCall, verdict: Verdict, now: number): string {
  switch (verdict) {
    case 'allowed':
      return 'Allowed'
    case 'refused':
      return 'Refused'
    case 'waits':
      return 'Waits for you'
    case 'failed':
      return outcome === 'unknown' ? 'Not known' : 'Failed'
    case 'pending':
      return now - at.getTime() > LOST_AFTER_MS ? 'No outcome' : 'Under way'
  }
}

function whyOf(call: RecordedCall, verdict: Verdict): string | undefined {
  const { explanation, reason, outcome, upstreamStatus } = call
  if (verdict === 'refused' || verdict === 'waits') {
    return toAgentText(explanation ?? reasonWords(reason), 300) || undefined
  }
  if (verdict !== 'failed') return undefined
  const answered = upstreamStatus === undefined ? '' : `: the provider answered ${upstreamStatus}`
  if (outcome === 'unknown') return `it may have been carried out${answered}`
  return `it was not carried out${answered}`
}

const REASONS: Readonly<Record<string, string>> = {
  expired: 'the access had expired',
  revoked: 'the grant was revoked',
  paused: 'the grant was paused',
  no_right: 'the grant does not have this',
  limit: 'a limit is used up',
  approval_denied: 'you denied it',
  approval_pending: 'it needs your yes',
  revocations_stale: 'the front could not ask whether the grant still stands',
  record_failed: 'it could not be recorded',
  readers_disagree: 'two readers of the access disagree',
  not_found: 'it is not there, or may not be seen',
  proof_replayed: 'the proof of the agent’s key was used before',
  over_refund: 'more than is left of the payment',
}

/** a closed word of the front’s, never an agent’s */
function reasonWords(reason: string | undefined): string {
  return reason === undefined ? '' : (REASONS[reason] ?? reason.replaceAll('_', ' '))
}

/** on what: from what the front established, then from what the agent named */
function objectsOf({ facts = {}, request, operation }: RecordedCall): string[] {
  const objects = [
    ...messageWords(facts['answered'] ?? facts['message']),
    ...listWords('to', facts['recipients']),
    ...moneyOf(facts['money']),
    ...listWords('customer', facts['customer']),
    ...listWords('to account', facts['destination']),
    ...listWords('account', facts['account']),
    ...listWords('labels added:', facts['added']),
    ...listWords('labels removed:', facts['removed']),
    ...Object.entries(request).flatMap(([name, value]) =>
      UNSAID.has(name) || (name === 'path' && operation !== undefined)
        ? []
        : listWords(`${name}:`, value),
    ),
  ]
  return [...new Set(objects)].slice(0, MAX_OBJECTS)
}

function messageWords(message: unknown): string[] {
  if (!isRecord(message)) return []
  const subject = toAgentText(message['subject'], 120)
  const from = toAgentText(message['from'], 100)
  return [`mail “${subject}”${from === '' ? '' : ` from ${from}`}`]
}

function moneyOf(money: unknown): string[] {
  if (!isRecord(money)) return []
  const { amount, currency } = money
  return typeof amount === 'number' && typeof currency === 'string'
    ? [moneyWords(amount, currency)]
    : []
}

const SHOWN = 5

function listWords(label: string, value: unknown): string[] {
  const all = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isScalar)
  if (all.length === 0) return []
  const shown = all.slice(0, SHOWN).map((one) => toAgentText(String(one), 100))
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : ''
  return [`${toAgentText(label, 40)} ${shown.join(', ')}${more}`]
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
}

export function textIn(facts: RecordedCall['facts'], name: string): string | undefined {
  const value = facts?.[name]
  return typeof value === 'string' ? value : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function capitalise(words: string | undefined): string | undefined {
  return words && words.charAt(0).toUpperCase() + words.slice(1)
}
