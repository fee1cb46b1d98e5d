import { createHmac } from 'node:crypto'

/** Standard Webhooks 1.0.0, symmetric: over the exact bytes of the body, its id and the time of this attempt */
export function signWebhook(
  key: Uint8Array,
  {
    id,
    timestamp,
    body,
  }: { readonly id: string; readonly timestamp: number; readonly body: string },
): string {
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return `v1,${mac}`
}
