import type { Foundation } from '../foundation.ts'
import type { Config } from '../config.ts'
import { createMailDelivery } from './mail-delivery.ts'
import type { Delivery } from './notification.ts'
import { startSender, type RunningSender } from './sender.ts'
import { createWebhookDelivery } from './webhook-delivery.ts'

/** one sender for each way that is set up; with none, approvals are seen in the console only */
export function startSenders({ config, database, log }: Foundation): RunningSender {
  const senders = createDeliveries(config).map((delivery) =>
    startSender(delivery, { db: database.db, log }),
  )
  return {
    close: async () => {
      await Promise.all(senders.map(async (sender) => sender.close()))
    },
  }
}

function createDeliveries({ mail, webhook, issuer }: Config): Delivery[] {
  const deliveries: Delivery[] = []
  if (mail !== undefined) deliveries.push(createMailDelivery(mail, issuer))
  if (webhook !== undefined) deliveries.push(createWebhookDelivery(webhook, issuer))
  return deliveries
}
