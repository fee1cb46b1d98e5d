import { generateKeyPairSync, randomUUID, type JsonWebKey } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { Database } from '../database/schema.ts'
import { seal, unsealText } from './seal.ts'

export type KeyPurpose = 'biscuit-root' | 'oidc-signing'
const KEY_PURPOSES: readonly KeyPurpose[] = ['biscuit-root', 'oidc-signing']
export const KEYS_CHANNEL = 'remit_keys'

export interface SigningKey {
  readonly id: string
  readonly purpose: KeyPurpose
  /** Biscuit's `rootKeyId` */
  readonly rootKeyId: number | undefined
  readonly publicBytes: Uint8Array
  readonly privateJwk: JWK
  readonly createdAt: Date
  readonly activeFrom: Date
  readonly retiredAt: Date | undefined
}

/** long enough for every process to have polled the new public key before the first token signed with it arrives */
const ANNOUNCED_BEFORE = sql`interval '15 seconds'`

/** one process at a time makes keys, whichever engine: two active keys made at once would do no harm, two numbers 1 would */
const CREATION_LOCK = 7_102_026

/** makes the first key of every purpose that has none */
export async function createMissing(db: Kysely<Database>, masterKey: Uint8Array): Promise<void> {
  for (const purpose of KEY_PURPOSES) {
    if (await hasLiveKey(db, purpose)) continue
    await exclusively(db, async (trx) => {
      if (!(await hasLiveKey(trx, purpose)))
        await insertKey(trx, masterKey, purpose, sql<Date>`now()`)
    })
  }
}

export async function rotateKey(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  purpose: KeyPurpose,
): Promise<string> {
  return exclusively(db, async (trx) =>
    insertKey(trx, masterKey, purpose, sql<Date>`now() + ${ANNOUNCED_BEFORE}`),
  )
}

/** `readable` are the ids of keys whose private half opened: only such a key can take over */
export async function retireKey(
  db: Kysely<Database>,
  id: string,
  readable: readonly string[],
): Promise<void> {
  await exclusively(db, async (trx) => {
    const key = await trx
      .selectFrom('signing_keys')
      .select(['purpose'])
      .where('id', '=', id)
      .where('retired_at', 'is', null)
      .executeTakeFirst()
    if (key === undefined) throw new KeyError(`\`${id}\` is no key in use`)
    const other = await trx
      .selectFrom('signing_keys')
      .select(['id'])
      .where('purpose', '=', key.purpose)
      .where('id', '=', sql<string>`any(${readable.filter((each) => each !== id)}::text[])`)
      .where('retired_at', 'is', null)
      .where('active_from', '<=', sql<Date>`now()`)
      .executeTakeFirst()
    if (other === undefined)
      throw new KeyError(
        `\`${id}\` is the only key that can sign: rotate first, wait until the new one is active`,
      )
    await trx
      .updateTable('signing_keys')
      .set({ retired_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute()
    await announce(trx)
  })
}

export interface KeyReading {
  /** newest first */
  readonly keys: readonly SigningKey[]
  readonly unreadable: readonly UnreadableKey[]
}

interface UnreadableKey {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly isRetired: boolean
  readonly error: Error
}

/**
 * Every key; one that was opened before is not opened again. A row that does not open is set aside and hides no other: else
 * it would keep every process from learning that a root was retired.
 */
export async function readKeys(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  known: readonly SigningKey[],
): Promise<KeyReading> {
  const rows = await db
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('active_from', 'desc')
    .orderBy('root_key_id', 'desc')
    .execute()
  const readings = await Promise.all(
    rows.map(async (row) => readKey(row, masterKey, known).catch(toUnreadable(row))),
  )
  return {
    keys: readings.filter((reading) => 'privateJwk' in reading),
    unreadable: readings.filter((reading) => 'error' in reading),
  }
}

type KeyRow = Selectable<Database['signing_keys']>

async function readKey(
  row: KeyRow,
  masterKey: Uint8Array,
  known: readonly SigningKey[],
): Promise<SigningKey> {
  const privateJwk =
    known.find(({ id }) => id === row.id)?.privateJwk ??
    (JSON.parse(await unsealText(masterKey, sealingPurpose(row.id), row.sealed)) as JWK)
  return {
    id: row.id,
    purpose: row.purpose,
    rootKeyId: row.root_key_id ?? undefined,
    // from the sealed half: whoever can write the table cannot choose whom the fronts trust
    publicBytes: Buffer.from(String(privateJwk.x), 'base64url'),
    privateJwk,
    createdAt: row.created_at,
    activeFrom: row.active_from,
    retiredAt: row.retired_at ?? undefined,
  }
}

function toUnreadable({ id, purpose, retired_at }: KeyRow): (error: unknown) => UnreadableKey {
  return (error) => ({
    id,
    purpose,
    isRetired: retired_at !== null,
    error: error instanceof Error ? error : new Error('unknown', { cause: error }),
  })
}

/** what an operator asked for cannot be done with the keys as they are */
export class KeyError extends Error {
  readonly code = 'key_refused'
  constructor(message: string) {
    super(message)
    this.name = 'KeyError'
  }
}

async function hasLiveKey(db: Kysely<Database>, purpose: KeyPurpose): Promise<boolean> {
  const row = await db
    .selectFrom('signing_keys')
    .select(['id'])
    .where('purpose', '=', purpose)
    .where('retired_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

async function exclusively<T>(
  db: Kysely<Database>,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${CREATION_LOCK})`.execute(trx)
    return work(trx)
  })
}

async function insertKey(
  trx: Transaction<Database>,
  masterKey: Uint8Array,
  purpose: KeyPurpose,
  activeFrom: ReturnType<typeof sql<Date>>,
): Promise<string> {
  const id = `k_${randomUUID()}`
  const privateJwk = await generate(purpose)
  const { d: _secret, ...publicJwk } = privateJwk
  await trx
    .insertInto('signing_keys')
    .values({
      id,
      purpose,
      root_key_id:
        purpose === 'biscuit-root'
          ? sql<number>`(select coalesce(max(root_key_id), 0) + 1 from signing_keys)`
          : null,
      public_jwk: JSON.stringify(publicJwk),
      sealed: await seal(masterKey, sealingPurpose(id), JSON.stringify(privateJwk)),
      active_from: activeFrom,
    })
    .execute()
  await announce(trx)
  return id
}

async function announce(trx: Transaction<Database>): Promise<void> {
  await sql`select pg_notify(${KEYS_CHANNEL}, '')`.execute(trx)
}

/** node:crypto, because biscuit-wasm's generator is seeded with 64 bits */
async function generate(purpose: KeyPurpose): Promise<JWK> {
  if (purpose === 'biscuit-root') {
    return toJwk(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }))
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = toJwk(privateKey.export({ format: 'jwk' }))
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' }
}

function toJwk(exported: JsonWebKey): JWK {
  return exported as JWK
}

export function sealingPurpose(id: string): string {
  return `signing-key/${id}`
}
