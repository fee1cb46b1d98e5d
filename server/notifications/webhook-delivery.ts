import type { LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import type { SecretBytes, SecretText } from '../secret.ts'
import type { Delivery, DeliveryResult, Notification, NotificationKind } from './notification.ts'
import { isThisMachine } from './this-machine.ts'
import { ForbiddenAddressError, guardLookup } from './webhook-address.ts'
import { signWebhook } from './webhook-signature.ts'

export interface WebhookSettings {
  /** secret: many receivers know their senders by the path */
  readonly url: SecretText
  readonly secret: SecretBytes
}

export interface WebhookOptions {
  readonly now?: () => number
  /** how names become addresses */
  readonly resolve?: LookupFunction
  readonly timeoutMs?: number
}

const TYPES: Readonly<Record<NotificationKind, string>> = {
  approval_waiting: 'approval.waiting',
  approvals_collapsed: 'approvals.collapsed',
}

const TIMEOUT_MS = 15_000
/** nobody reads the answer's body; more than this is not even taken */
const MAX_ANSWER_BYTES = 16_384

/** one signed POST to the operator's own receiver, per Standard Webhooks; no redirect is followed */
export function createWebhookDelivery(
  { url, secret }: WebhookSettings,
  issuer: string,
  { now = Date.now, resolve, timeoutMs = TIMEOUT_MS }: WebhookOptions = {},
): Delivery {
  const target = new URL(url.reveal())
  const agent = new Agent({
    connections: 5,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: {
      timeout: 5_000,
      ...(!isThisMachine(target.hostname) && { lookup: guardLookup(resolve) }),
    },
  })
  return {
    channel: 'webhook',
    deliver: async (notification, signal) => {
      const body = JSON.stringify(toPayload(notification, issuer))
      const timestamp = Math.floor(now() / 1_000)
      try {
        const answer = await request(target, {
          dispatcher: agent,
          method: 'POST',
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          headers: {
            'content-type': 'application/json',
            'user-agent': 'remit',
            'webhook-id': notification.id,
            'webhook-timestamp': String(timestamp),
            'webhook-signature': signWebhook(secret, { id: notification.id, timestamp, body }),
          },
          body,
        })
        // the status is the answer; a body that breaks off or never ends changes nothing about it
        await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined)
        return toResult(answer.statusCode)
      } catch (error) {
        return { outcome: 'failed', reason: toReason(error), isFinal: false }
      }
    },
    close: async () => agent.destroy(),
  }
}

function toPayload(notification: Notification, issuer: string): Record<string, unknown> {
  return {
    type: TYPES[notification.kind],
    timestamp: notification.createdAt.toISOString(),
    data: {
      buyer_id: notification.buyerId,
      subject: notification.subject,
      text: notification.text,
      url: `${issuer}${notification.path}`,
    },
  }
}

function toResult(status: number): DeliveryResult {
  if (status >= 200 && status < 300) return { outcome: 'sent' }
  // Standard Webhooks: 410 says that nobody wants this any more
  return { outcome: 'failed', reason: `the webhook answered ${status}`, isFinal: status === 410 }
}

function toReason(error: unknown): string {
  if (error instanceof ForbiddenAddressError) return `the webhook was not called: ${error.message}`
  const { code, name } = error as { code?: unknown; name?: unknown }
  if (name === 'TimeoutError') return 'the webhook did not answer in time'
  return `the webhook could not be reached: ${typeof code === 'string' ? code : 'unknown'}`
}
