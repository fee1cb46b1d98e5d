import { sql, type Kysely } from 'kysely'
import { ConnectionError } from '../../adapters/ports.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/schema.ts'
import { readMailAddress } from './connect-gmail.ts'
import { readPortal } from './connect-hubspot.ts'
import { readStripeAccount } from './connect-stripe.ts'
import { connectionPurpose } from './connection-purpose.ts'
import { readStored, writeStored, type StoredCredential } from './credential-format.ts'
import { seal, SealError, unsealText } from './seal.ts'
import { tokenEndpointOf, type TokenSettings } from './token-endpoint.ts'
import { tryOut } from './try-credential.ts'

export type CheckSettings = TokenSettings & Pick<Config, 'gmailUpstream' | 'stripeUpstream'>

/** `unknown`: nobody answered, so nothing was learned and nothing changed */
export type Health = 'working' | 'broken' | 'unknown'

interface CheckedRow {
  readonly id: string
  readonly buyer_id: string
  readonly provider: string
  readonly account: string
  readonly sealed: string
  readonly status: 'working' | 'broken'
}

/** asks the provider what the fronts would ask, and writes down what it says. Undefined: this buyer has no such connection */
export async function checkConnection(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  settings: CheckSettings,
  { id, buyerId }: { readonly id: string; readonly buyerId: string },
): Promise<Health | undefined> {
  const row = await db
    .selectFrom('connections')
    .select(['id', 'buyer_id', 'provider', 'account', 'sealed', 'status'])
    .where('id', '=', id)
    .where('buyer_id', '=', buyerId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  try {
    await check(db, masterKey, settings, row)
    return 'working'
  } catch (error) {
    if (error instanceof SealError) {
      await markBroken(db, row, 'this server cannot open the credential any more: connect again')
      return 'broken'
    }
    if (!(error instanceof ConnectionError)) throw error
    if (error.code === 'provider_unreachable') return 'unknown'
    await markBroken(db, row, error.message)
    return 'broken'
  }
}

async function check(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  settings: CheckSettings,
  row: CheckedRow,
): Promise<void> {
  const kept = readStored(await unsealText(masterKey, connectionPurpose(row), row.sealed))
  const { stored, accessToken } = await tryOut(tokenEndpointOf(row.provider, settings), kept)
  let current = row
  // before anything else can fail: the old refresh token may be worth nothing from here on
  if (writeStored(stored) !== writeStored(kept)) {
    current = await sealAgain(db, masterKey, row, stored, row.status)
  }
  const account = await readAccount(settings, row.provider, accessToken)
  if (account !== row.account) {
    throw new ConnectionError(
      'broken',
      'the credential is of another account by now: connect again',
    )
  }
  // sealed anew, so that a front that gave it up opens it again
  if (row.status === 'broken') await sealAgain(db, masterKey, current, stored, 'working')
}

/** INVARIANT: writes only over what it read: a connection that was made again meanwhile is left alone */
async function sealAgain(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  row: CheckedRow,
  credential: StoredCredential,
  status: CheckedRow['status'],
): Promise<CheckedRow> {
  const sealed = await seal(masterKey, connectionPurpose(row), writeStored(credential))
  await db
    .updateTable('connections')
    .set({
      sealed,
      status,
      changed_at: sql<Date>`now()`,
      ...(status === 'working' && { last_error: null }),
    })
    .where('id', '=', row.id)
    .where('sealed', '=', row.sealed)
    .execute()
  return { ...row, sealed }
}

async function markBroken(db: Kysely<Database>, row: CheckedRow, reason: string): Promise<void> {
  await db
    .updateTable('connections')
    .set({ status: 'broken', last_error: reason, changed_at: sql<Date>`now()` })
    .where('id', '=', row.id)
    .where('sealed', '=', row.sealed)
    .execute()
}

async function readAccount(
  { gmailUpstream, hubspotUpstream, stripeUpstream }: CheckSettings,
  provider: string,
  accessToken: string,
): Promise<string> {
  if (provider === 'gmail') return readMailAddress(gmailUpstream, accessToken)
  if (provider === 'hubspot') return readPortal(hubspotUpstream, accessToken)
  return readStripeAccount(stripeUpstream, accessToken)
}
