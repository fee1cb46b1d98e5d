import { randomBytes, createPrivateKey, createPublicKey } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  compileGrant,
  mintToken,
  parseCapabilities,
  verifyToken,
} from '../../../capabilities/index.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { createKeyStore, type KeyStore } from '../../../server/state/key-store.ts'
import type { LogEvent } from '../../../server/log.ts'
import { seal } from '../../../server/state/seal.ts'
import { openTestDatabase } from '../../support/database.ts'

describe('the key store', () => {
  const masterKey = randomBytes(32)
  let open: OpenDatabase
  const stores: KeyStore[] = []
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    await Promise.all(stores.splice(0).map(async (store) => store.close()))
    await open.db.deleteFrom('signing_keys').execute()
  })

  const create = async (options: Parameters<typeof createKeyStore>[2] = {}): Promise<KeyStore> => {
    const store = await createKeyStore(open, masterKey, options)
    stores.push(store)
    return store
  }
  /** the announcement is over: as if 15 seconds had passed */
  const announceOver = async (): Promise<void> => {
    await sql`update signing_keys set active_from = active_from - interval '1 minute'`.execute(
      open.db,
    )
  }
  const mint = (store: KeyStore): string => {
    const capabilities = parseCapabilities([{ type: 'gmail', actions: ['messages.read'] }])
    const block = compileGrant({
      grantId: 'g_1',
      clientId: 'agent',
      audience: 'http://127.0.0.1:4001',
      expiresAt: Math.floor(Date.now() / 1000) + 600,
      keyThumbprint: undefined,
      capabilities,
    })
    return mintToken(block, store.currentRoot()).token
  }

  it('makes one key of each purpose, however many processes start together', async () => {
    // with every connection already there the six really run side by side
    await Promise.all(
      Array.from({ length: 10 }, async () => sql`select pg_sleep(0.02)`.execute(open.db)),
    )
    const made = await Promise.all(Array.from({ length: 6 }, async () => create()))
    expect(new Set(made.map((store) => JSON.stringify(store.webKeys()))).size).toBe(1)
    expect(
      made[0]
        ?.list()
        .map(({ purpose }) => purpose)
        .toSorted(),
    ).toEqual(['biscuit-root', 'oidc-signing'])
  })

  it('trusts the sealed half only: a public half changed in the table changes nothing', async () => {
    const token = mint(await create())
    const foreign = JSON.stringify({
      kty: 'OKP',
      crv: 'Ed25519',
      x: randomBytes(32).toString('base64url'),
    })
    await open.db
      .updateTable('signing_keys')
      .set({ public_jwk: foreign })
      .where('purpose', '=', 'biscuit-root')
      .execute()
    const fresh = await create()
    expect(verifyToken(token, fresh.rootKeys).ok).toBe(true)
  })

  it('gives the public half of what it signs with, and no unknown key', async () => {
    const store = await create()
    const { id, privateKey } = store.currentRoot()
    const publicKey = store.rootKeys.find(id)
    expect(privateKey).toHaveLength(32)
    expect(publicKey).toHaveLength(32)
    const derived = createPublicKey(
      createPrivateKey({
        key: {
          kty: 'OKP',
          crv: 'Ed25519',
          d: Buffer.from(privateKey).toString('base64url'),
          x: Buffer.from(publicKey ?? []).toString('base64url'),
        },
        format: 'jwk',
      }),
    ).export({ format: 'jwk' })
    expect(derived.x).toBe(Buffer.from(publicKey ?? []).toString('base64url'))
    expect(store.rootKeys.find(undefined)).toBeUndefined()
    expect(store.rootKeys.find(id + 1)).toBeUndefined()
    expect(store.webKeys()).toEqual([
      { algorithm: 'ed25519', key_bytes: Buffer.from(publicKey ?? []).toString('hex'), key_id: id },
    ])
    expect(verifyToken(mint(store), store.rootKeys).ok).toBe(true)
  })

  it('keeps private keys sealed in the database', async () => {
    const store = await create()
    const stored = JSON.stringify(await open.db.selectFrom('signing_keys').selectAll().execute())
    expect(stored).not.toContain(Buffer.from(store.currentRoot().privateKey).toString('base64url'))
    const [key] = (await store.oidcJwks()).keys
    expect(stored).not.toContain(String(key?.d))
    await expect(createKeyStore(open, randomBytes(32))).rejects.toThrow(/REMIT_MASTER_KEY/)
  })

  it('announces a new root before it signs with it, and the old one verifies until it is retired', async () => {
    const store = await create()
    const front = await create({ pollMs: 60_000 })
    const before = mint(store)
    const old = store.currentRoot().id
    const made = await store.rotate('biscuit-root')
    expect(store.currentRoot().id).toBe(old)
    await expect.poll(() => front.webKeys().length).toBe(2)

    await announceOver()
    await store.refresh()
    expect(store.currentRoot().id).toBe(made.rootKeyId)
    expect(verifyToken(before, front.rootKeys).ok).toBe(true)
    expect(verifyToken(mint(store), front.rootKeys).ok).toBe(true)

    const retired = store.list().find(({ rootKeyId }) => rootKeyId === old)
    await store.retire(retired?.id ?? '')
    await expect.poll(() => verifyToken(before, front.rootKeys).ok).toBe(false)
    expect(verifyToken(mint(store), front.rootKeys).ok).toBe(true)
  })

  it('never gives the number of a retired root to another', async () => {
    const store = await create()
    const first = store.list().find(({ purpose }) => purpose === 'biscuit-root')
    await store.rotate('biscuit-root')
    await announceOver()
    await store.retire(first?.id ?? '')
    await store.rotate('biscuit-root')
    const numbers = store.list().flatMap(({ rootKeyId }) => rootKeyId ?? [])
    expect(new Set(numbers).size).toBe(3)
  })

  it('does not retire the only key that can sign', async () => {
    const store = await create()
    const [only] = store.list()
    await expect(store.retire(only?.id ?? '')).rejects.toMatchObject({ code: 'key_refused' })
    await store.rotate(only?.purpose ?? 'biscuit-root')
    await expect(store.retire(only?.id ?? '')).rejects.toMatchObject({ code: 'key_refused' })
    await expect(store.retire('k_unknown')).rejects.toMatchObject({ code: 'key_refused' })
  })

  it('publishes an OIDC key before and after it signs', async () => {
    const store = await create()
    const [first] = (await store.oidcJwks()).keys
    expect(first).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
    await store.rotate('oidc-signing')
    expect((await store.oidcJwks()).keys.map(({ kid }) => kid === first?.kid)).toEqual([
      true,
      false,
    ])
    await announceOver()
    await store.refresh()
    expect((await store.oidcJwks()).keys.map(({ kid }) => kid === first?.kid)).toEqual([
      false,
      true,
    ])
  })

  describe('with a row that does not open', () => {
    /** as if a process with another master key had rotated */
    const addUnreadable = async (purpose: 'biscuit-root' | 'oidc-signing'): Promise<string> => {
      const id = `k_unreadable_${purpose}`
      await open.db
        .insertInto('signing_keys')
        .values({
          id,
          purpose,
          root_key_id: purpose === 'biscuit-root' ? 99 : null,
          public_jwk: JSON.stringify({ kty: 'OKP', x: randomBytes(32).toString('base64url') }),
          sealed: await seal(randomBytes(32), `signing-key/${id}`, '{}'),
          active_from: new Date(0),
        })
        .execute()
      return id
    }

    it('still sees that another process retired a root, trusts nothing unread, and says so once', async () => {
      const events: LogEvent[] = []
      const front = await create({ pollMs: 60_000, log: (event) => events.push(event) })
      const old = front.currentRoot().id
      await front.rotate('biscuit-root')
      await announceOver()
      const keyId = await addUnreadable('biscuit-root')
      await sql`update signing_keys set retired_at = now() where root_key_id = ${old}`.execute(
        open.db,
      )
      await front.refresh()
      await front.refresh()
      expect(front.rootKeys.find(old)).toBeUndefined()
      expect(front.rootKeys.find(99)).toBeUndefined()
      expect(verifyToken(mint(front), front.rootKeys).ok).toBe(true)
      expect(events).toEqual([
        { event: 'key_unreadable', keyId, error: expect.stringContaining(keyId) as string },
      ])
    })

    it('starts with the keys that do', async () => {
      const { id } = (await create()).currentRoot()
      await addUnreadable('oidc-signing')
      await addUnreadable('biscuit-root')
      const store = await create()
      expect(store.currentRoot().id).toBe(id)
      expect((await store.oidcJwks()).keys).toHaveLength(1)
    })

    it('does not retire the last key that can be read', async () => {
      const store = await create()
      const root = store.list().find(({ purpose }) => purpose === 'biscuit-root')
      const unreadable = await addUnreadable('biscuit-root')
      await expect(store.retire(root?.id ?? '')).rejects.toMatchObject({ code: 'key_refused' })
      expect(verifyToken(mint(store), store.rootKeys).ok).toBe(true)
      await store.retire(unreadable)
    })

    it('fails aloud when no other is left, and trusts the retired one no more', async () => {
      const store = await create()
      const old = store.currentRoot().id
      await addUnreadable('biscuit-root')
      await sql`update signing_keys set retired_at = now() where root_key_id = ${old}`.execute(
        open.db,
      )
      await expect(store.refresh()).rejects.toThrow(/REMIT_MASTER_KEY/)
      expect(store.rootKeys.find(old)).toBeUndefined()
      expect(() => store.currentRoot()).toThrow(/rotate/)
    })
  })

  it('keeps the last good set when the database cannot be read', async () => {
    const store = await create()
    const { id } = store.currentRoot()
    await sql`alter table signing_keys rename to signing_keys_away`.execute(open.db)
    try {
      await expect(store.refresh()).rejects.toThrow()
      expect(store.rootKeys.find(id)).toBeDefined()
      expect(store.currentRoot().id).toBe(id)
    } finally {
      await sql`alter table signing_keys_away rename to signing_keys`.execute(open.db)
    }
  })
})
