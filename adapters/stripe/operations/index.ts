import type { Operation } from '../../operation.ts'
import { balanceRetrieve } from '../reading/balance.ts'
import { list } from '../reading/list.ts'
import { RESOURCES } from '../reading/resource.ts'
import { retrieve } from '../reading/retrieve.ts'
import { search } from '../reading/search.ts'
import { accountsUpdate } from './accounts-update.ts'
import { creditNotesCreate } from './credit-notes-create.ts'
import { customerBalanceTransactionsCreate } from './customer-balance-transactions-create.ts'
import { customersUpdate } from './customers-update.ts'
import { invoicesSend } from './invoices-send.ts'
import { invoicesVoid } from './invoices-void.ts'
import { paymentIntentsCancel } from './payment-intents-cancel.ts'
import { paymentIntentsCapture } from './payment-intents-capture.ts'
import { paymentIntentsCreate } from './payment-intents-create.ts'
import { paymentIntentsUpdate } from './payment-intents-update.ts'
import { refundsCancel } from './refunds-cancel.ts'
import { subscriptionSchedulesCreate } from './subscription-schedules-create.ts'
import { subscriptionSchedulesUpdate } from './subscription-schedules-update.ts'
import { subscriptionsCancel } from './subscriptions-cancel.ts'
import { subscriptionsUpdate } from './subscriptions-update.ts'
import { transfersCreate } from './transfers-create.ts'
import { refundsCreate } from './refunds-create.ts'

/** the whole of what this front does; a method that is not here is refused, and nothing reaches Stripe */
export const STRIPE_OPERATIONS: readonly Operation[] = [
  // before what is retrieved by an id: an id could be `search`
  ...RESOURCES.flatMap(({ searchable, ...rest }) =>
    searchable === undefined ? [] : [search({ ...rest, searchable })],
  ),
  ...RESOURCES.map(retrieve),
  ...RESOURCES.map(list),
  balanceRetrieve,
  refundsCreate,
  accountsUpdate,
  creditNotesCreate,
  customerBalanceTransactionsCreate,
  customersUpdate,
  invoicesSend,
  invoicesVoid,
  paymentIntentsCancel,
  paymentIntentsCapture,
  paymentIntentsCreate,
  paymentIntentsUpdate,
  refundsCancel,
  subscriptionSchedulesCreate,
  subscriptionSchedulesUpdate,
  subscriptionsCancel,
  subscriptionsUpdate,
  transfersCreate,
]
