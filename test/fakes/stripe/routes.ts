import { accountRoutes } from './resources/accounts.ts'
import { balanceRoutes } from './resources/balance.ts'
import { catalogRoutes } from './resources/catalog.ts'
import { chargeRoutes } from './resources/charges.ts'
import { creditNoteRoutes } from './resources/credit-notes.ts'
import { customerRoutes } from './resources/customers.ts'
import { invoiceRoutes } from './resources/invoices.ts'
import { intentRoutes } from './resources/payment-intents.ts'
import { refundRoutes } from './resources/refunds.ts'
import { scheduleRoutes } from './resources/subscription-schedules.ts'
import { subscriptionRoutes } from './resources/subscriptions.ts'
import { transferRoutes } from './resources/transfers.ts'
import type { Route } from './route.ts'

/** a `search` stands before the `{id}` that it looks like */
export const ROUTES: readonly Route[] = [
  ...accountRoutes,
  ...balanceRoutes,
  ...catalogRoutes,
  ...chargeRoutes,
  ...creditNoteRoutes,
  ...customerRoutes,
  ...intentRoutes,
  ...invoiceRoutes,
  ...refundRoutes,
  ...scheduleRoutes,
  ...subscriptionRoutes,
  ...transferRoutes,
]
