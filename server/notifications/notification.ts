export type NotificationKind = 'approval_waiting' | 'approvals_collapsed'
export type Channel = 'mail' | 'webhook'

/** what is to be said; an agent's words in it are already cleaned and capped by who writes it */
export interface NewNotification {
  readonly buyerId: string
  readonly kind: NotificationKind
  readonly subject: string
  readonly text: string
  /** of the console, below its issuer: what is behind it only shows; deciding needs the signed-in buyer */
  readonly path: string
}

/** a message on its way; the same id on every channel and at every attempt, so that a receiver can tell a repetition */
export interface Notification extends NewNotification {
  readonly id: string
  readonly email: string
  readonly createdAt: Date
}

export type DeliveryResult =
  | { readonly outcome: 'sent' }
  /** `isFinal`: another attempt would be answered the same. The reason is ours: a server's own words may quote a secret */
  | { readonly outcome: 'failed'; readonly reason: string; readonly isFinal: boolean }

/** one way to a buyer; a failure is a value */
export interface Delivery {
  readonly channel: Channel
  deliver(notification: Notification, signal: AbortSignal): Promise<DeliveryResult>
  close(): Promise<void>
}

interface AttemptedNotification {
  readonly id: string
  readonly channel: Channel
  readonly kind: string
  readonly attempts: number
}

export type NotificationEvent =
  | ({ readonly event: 'notification_sent' } & AttemptedNotification)
  | ({ readonly event: 'notification_delayed'; readonly error: string } & AttemptedNotification)
  /** it will not be sent any more */
  | ({ readonly event: 'notification_dead'; readonly error: string } & AttemptedNotification)
  | {
      readonly event: 'notifications_too_late'
      readonly channel: Channel
      readonly notifications: number
    }
  | {
      readonly event: 'notifications_failed'
      readonly channel: Channel
      readonly error: string
    }
