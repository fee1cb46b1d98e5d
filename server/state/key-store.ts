import type { JWK } from 'jose'
import type { RootKeys } from '../../adapters/ports.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { Log } from '../log.ts'
import { createMissing, KEYS_CHANNEL, readKeys, retireKey, rotateKey } from './signing-keys.ts'
import type { KeyPurpose, KeyReading, SigningKey } from './signing-keys.ts'

export interface KeyStore {
  /** public root keys that are still trusted; never waits */
  readonly rootKeys: RootKeys
  /** the root key that signs new tokens */
  currentRoot(): { readonly id: number; readonly privateKey: Uint8Array }
  /** private keys, the signing one first; keys about to sign and keys that signed are published with it */
  oidcJwks(): Promise<{ keys: JWK[] }>
  /** the body of `/.well-known/biscuit-web-keys` */
  webKeys(): BiscuitWebKey[]
  /** every key and what it is for, without its secret half */
  list(): readonly ListedKey[]
  /** makes a new key that signs once every process knows it; the old one verifies until it is retired */
  rotate(purpose: KeyPurpose): Promise<ListedKey>
  /** nothing that the key signed is accepted any more */
  retire(id: string): Promise<void>
  refresh(): Promise<void>
  close(): Promise<void>
}

interface BiscuitWebKey {
  readonly algorithm: 'ed25519'
  readonly key_bytes: string
  readonly key_id: number
}

export type ListedKey = Pick<
  SigningKey,
  'id' | 'purpose' | 'rootKeyId' | 'createdAt' | 'activeFrom' | 'retiredAt'
>

export interface KeyStoreOptions {
  readonly pollMs?: number
  readonly log?: Log
  readonly now?: () => number
}

const POLL_MS = 5_000

export async function createKeyStore(
  database: Pick<OpenDatabase, 'db' | 'listen'>,
  masterKey: Uint8Array,
  options: KeyStoreOptions = {},
): Promise<KeyStore> {
  await createMissing(database.db, masterKey)
  const store = new DatabaseKeyStore(database, masterKey, options)
  await store.start()
  return store
}

class DatabaseKeyStore implements KeyStore {
  readonly #database: Pick<OpenDatabase, 'db' | 'listen'>
  readonly #masterKey: Uint8Array
  readonly #log: Log
  readonly #now: () => number
  readonly #pollMs: number
  /** INVARIANT: always every readable key of one reading of the table; when it cannot be read the last stays in force */
  #keys: readonly SigningKey[] = []
  #roots: ReadonlyMap<number, Uint8Array> = new Map()
  /** rows that the operator has been told of */
  #reported: ReadonlySet<string> = new Set()
  #timer: NodeJS.Timeout | undefined
  #unlisten: (() => Promise<void>) | undefined

  readonly rootKeys: RootKeys = {
    find: (id) => (id === undefined ? undefined : this.#roots.get(id)),
  }

  constructor(
    database: Pick<OpenDatabase, 'db' | 'listen'>,
    masterKey: Uint8Array,
    options: KeyStoreOptions,
  ) {
    this.#database = database
    this.#masterKey = masterKey
    this.#log = options.log ?? (() => undefined)
    this.#now = options.now ?? Date.now
    this.#pollMs = options.pollMs ?? POLL_MS
  }

  async start(): Promise<void> {
    await this.refresh()
    this.#unlisten = await this.#database.listen(KEYS_CHANNEL, () => void this.#refreshQuietly())
    this.#timer = setInterval(() => void this.#refreshQuietly(), this.#pollMs).unref()
  }

  currentRoot(): { readonly id: number; readonly privateKey: Uint8Array } {
    const { rootKeyId, privateJwk } = this.#signing('biscuit-root')
    if (rootKeyId === undefined) throw new Error('a root key has no number')
    return { id: rootKeyId, privateKey: Buffer.from(privateJwk.d ?? '', 'base64url') }
  }

  async oidcJwks(): Promise<{ keys: JWK[] }> {
    const signing = this.#signing('oidc-signing')
    const others = this.#live('oidc-signing').filter(({ id }) => id !== signing.id)
    return { keys: [signing, ...others].map(({ privateJwk }) => ({ ...privateJwk })) }
  }

  webKeys(): BiscuitWebKey[] {
    return [...this.#roots].map(([id, bytes]) => ({
      algorithm: 'ed25519',
      key_bytes: Buffer.from(bytes).toString('hex'),
      key_id: id,
    }))
  }

  list(): readonly ListedKey[] {
    return this.#keys.map(toListed)
  }

  async rotate(purpose: KeyPurpose): Promise<ListedKey> {
    const id = await rotateKey(this.#database.db, this.#masterKey, purpose)
    await this.refresh()
    const made = this.#keys.find((key) => key.id === id)
    if (made === undefined) throw new Error(`the new key \`${id}\` is not in the database`)
    return toListed(made)
  }

  async retire(id: string): Promise<void> {
    // what can be read now; that something cannot must not stand in the way of withdrawing a key
    await this.#refreshQuietly()
    const readable = this.#keys.map((key) => key.id)
    await retireKey(this.#database.db, id, readable)
    await this.refresh()
  }

  async refresh(): Promise<void> {
    const reading = await readKeys(this.#database.db, this.#masterKey, this.#keys)
    this.#keys = reading.keys
    this.#roots = new Map(
      this.#live('biscuit-root').flatMap((key) =>
        key.rootKeyId === undefined ? [] : [[key.rootKeyId, key.publicBytes] as const],
      ),
    )
    this.#report(reading.unreadable)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#unlisten?.()
  }

  /** after the reading is in force: throws when a purpose is left with nothing but keys that do not open */
  #report(unreadable: KeyReading['unreadable']): void {
    for (const { id, error } of unreadable) {
      if (this.#reported.has(id)) continue
      this.#log({ event: 'key_unreadable', keyId: id, error: error.message })
    }
    this.#reported = new Set(unreadable.map(({ id }) => id))
    const missing = unreadable.find(
      ({ purpose, isRetired }) => !isRetired && this.#live(purpose).length === 0,
    )
    if (missing !== undefined) throw missing.error
  }

  async #refreshQuietly(): Promise<void> {
    try {
      await this.refresh()
    } catch (error) {
      this.#log({
        event: 'keys_not_refreshed',
        error: error instanceof Error ? error.message : 'unknown',
      })
    }
  }

  /** newest first */
  #live(purpose: KeyPurpose): SigningKey[] {
    return this.#keys.filter((key) => key.purpose === purpose && key.retiredAt === undefined)
  }

  #signing(purpose: KeyPurpose): SigningKey {
    const now = this.#now()
    const active = this.#live(purpose).find(({ activeFrom }) => activeFrom.getTime() <= now)
    if (active === undefined)
      throw new Error(`there is no \`${purpose}\` key to sign with: rotate it`)
    return active
  }
}

function toListed(key: SigningKey): ListedKey {
  const { id, purpose, rootKeyId, createdAt, activeFrom, retiredAt } = key
  return { id, purpose, rootKeyId, createdAt, activeFrom, retiredAt }
}
