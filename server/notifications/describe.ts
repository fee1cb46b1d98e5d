import type { Config } from '../config.ts'

/** for the operator, without secrets: where notifications go */
export function describeNotifications({ mail, webhook }: Config): string[] {
  const ways: string[] = []
  if (mail !== undefined) ways.push(`mail from ${mail.from} by ${new URL(mail.url.reveal()).host}`)
  if (webhook !== undefined) ways.push(`webhook to ${new URL(webhook.url.reveal()).origin}`)
  if (ways.length > 0) return ways
  return [
    'none: what waits for a buyer is seen in the console only',
    '(REMIT_SMTP_URL or REMIT_WEBHOOK_URL: docs/operations.md)',
  ]
}
