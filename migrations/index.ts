import type { Migration } from 'kysely/migration'
import * as first from './0001-first.ts'
import * as proofOfPossession from './0002-proof-of-possession.ts'
import * as budgets from './0003-budgets.ts'
import * as ownItems from './0004-own-items.ts'
import * as shownPassages from './0005-shown-passages.ts'
import * as tokenLifetime from './0006-token-lifetime.ts'
import * as approvals from './0007-approvals.ts'
import * as notifications from './0008-notifications.ts'
import * as idempotentCalls from './0009-idempotent-calls.ts'
import * as pausesAndActivity from './0013-pauses-and-activity.ts'
import * as readersAndVerification from './0014-readers-and-verification.ts'
import * as passkeysAndFirstRun from './0015-passkeys-and-first-run.ts'
import * as connecting from './0016-connecting.ts'
import * as decidedApprovals from './0017-decided-approvals.ts'
import * as registeredClients from './0018-registered-clients.ts'

/** a literal list: a bundler, a container image and a test all see the same migrations in the same order */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-proof-of-possession': proofOfPossession,
  '0003-budgets': budgets,
  '0004-own-items': ownItems,
  '0005-shown-passages': shownPassages,
  '0006-token-lifetime': tokenLifetime,
  '0007-approvals': approvals,
  '0008-notifications': notifications,
  '0009-idempotent-calls': idempotentCalls,
  '0013-pauses-and-activity': pausesAndActivity,
  '0014-readers-and-verification': readersAndVerification,
  '0015-passkeys-and-first-run': passkeysAndFirstRun,
  '0016-connecting': connecting,
  '0017-decided-approvals': decidedApprovals,
  '0018-registered-clients': registeredClients,
}
