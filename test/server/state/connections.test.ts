import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ConnectionError, type Connection, type Connections } from '../../../adapters/ports.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { connectGmail } from '../../../server/state/connect-gmail.ts'
import { createConnections } from '../../../server/state/connections.ts'
import { revokeGrant } from '../../../server/state/revoke.ts'
import { openTestDatabase } from '../../support/database.ts'
import { startGoogle, type GoogleStandIn } from './google-stand-in.ts'

const masterKey = randomBytes(32)
const authorizedUser = JSON.stringify({
  type: 'authorized_user',
  client_id: 'client.apps.example',
  client_secret: 'GOCSPX-secret',
  refresh_token: '1//refresh-token',
  token_uri: 'https://elsewhere.example/token',
})

describe('connections', () => {
  let open: OpenDatabase
  let google: GoogleStandIn
  let connections: Connections
  let now: number
  beforeAll(async () => {
    open = await openTestDatabase()
  })
  afterAll(async () => open.close())
  beforeEach(async () => {
    for (const table of ['grants', 'connections', 'buyers'] as const)
      await open.db.deleteFrom(table).execute()
    await open.db
      .insertInto('buyers')
      .values(['b_1', 'b_2'].map((id) => ({ id, email: `${id}@x.example`, password_hash: 'x' })))
      .execute()
    google = await startGoogle()
    now = Date.now()
    connections = create()
  })
  afterEach(async () => google[Symbol.asyncDispose]())

  const config = () => ({
    gmailUpstream: google.origin,
    gmailTokenUrl: `${google.origin}/token`,
    hubspotUpstream: google.origin,
  })
  const create = (options: Parameters<typeof createConnections>[3] = {}): Connections =>
    createConnections(open.db, masterKey, config(), { now: () => now, ...options })
  const connect = async (
    credential = authorizedUser,
    buyerId = 'b_1',
  ): Promise<{ id: string; account: string }> =>
    connectGmail(open.db, masterKey, config(), { buyerId, credential })
  const grantTo = async (
    connectionId: string,
    changes: { buyer_id?: string; expires_at?: Date } = {},
  ): Promise<void> => {
    await open.db
      .insertInto('grants')
      .values({
        id: 'g_1',
        buyer_id: 'b_1',
        client_id: 'agent',
        authorization_details: '[]',
        payload: '{}',
        connections: JSON.stringify({ gmail: connectionId }),
        ...changes,
      })
      .execute()
  }
  const connected = async (credential = authorizedUser): Promise<Connection> => {
    const { id } = await connect(credential)
    google.refreshes.length = 0
    await grantTo(id)
    return connections.forGrant('g_1', 'gmail')
  }
  const tokenOf = async (connection: Connection): Promise<string> =>
    (await connection.credential()).reveal()
  const row = async () =>
    open.db
      .selectFrom('connections')
      .select(['status', 'last_error', 'sealed'])
      .executeTakeFirstOrThrow()
  const codeOf = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work
    } catch (error) {
      return error instanceof ConnectionError
        ? error.code
        : `not a connection error: ${String(error)}`
    }
    return 'nothing was thrown'
  }

  describe('being made', () => {
    it('stores the account that Gmail names, and the credential sealed', async () => {
      const made = await connect()
      expect(made.account).toBe('ada@example.com')
      expect(made.id).toMatch(/^c_/)
      expect(google.profileCalls).toEqual(['Bearer ya29.token-1'])
      const stored = JSON.stringify(await open.db.selectFrom('connections').selectAll().execute())
      for (const secret of ['refresh-token', 'GOCSPX', 'ya29']) expect(stored).not.toContain(secret)
    })

    it('again keeps its id, and mends it', async () => {
      const { id } = await connect()
      await open.db.updateTable('connections').set({ status: 'broken', last_error: 'x' }).execute()
      expect((await connect()).id).toBe(id)
      expect(await row()).toMatchObject({ status: 'working', last_error: null })
    })

    it.each([
      ['ya29.raw-token\n', 'Bearer ya29.raw-token'],
      ['{"access_token": "ya29.in-json"}', 'Bearer ya29.in-json'],
    ])('takes an access token alone', async (credential, header) => {
      await connect(credential)
      expect(google.profileCalls).toEqual([header])
      expect(google.refreshes).toEqual([])
    })

    it.each([
      '',
      '{"client_id": "x"}',
      '{broken',
      'two words',
      'x'.repeat(20_000),
      '{"access_token": "a\\r\\nb: c"}',
    ])('stores nothing of what is no credential, and does not repeat it', async (credential) => {
      const error = await connect(credential).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ConnectionError)
      expect(google.profileCalls).toEqual([])
      expect(await open.db.selectFrom('connections').select('id').execute()).toEqual([])
      if (credential.length > 3) expect(inspect(error)).not.toContain(credential)
    })

    it('stores nothing when Google refuses', async () => {
      google.answer = {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Bad Request' },
      }
      expect(await codeOf(connect())).toBe('broken')
      google.answer = { status: 200, body: undefined }
      google.profile = { status: 403, body: {} }
      expect(await codeOf(connect())).toBe('broken')
      google.profile = { status: 200, body: { emailAddress: 'not an address' } }
      expect(await codeOf(connect())).toBe('provider_unreachable')
      expect(await open.db.selectFrom('connections').select('id').execute()).toEqual([])
    })
  })

  describe('of a grant', () => {
    it('give the account and a token that Google issued to us', async () => {
      const connection = await connected()
      expect(connection.account).toBe('ada@example.com')
      expect(await tokenOf(connection)).toMatch(/^ya29\.token-/)
      expect(Object.fromEntries(google.refreshes[0] ?? [])).toEqual({
        grant_type: 'refresh_token',
        client_id: 'client.apps.example',
        client_secret: 'GOCSPX-secret',
        refresh_token: '1//refresh-token',
      })
    })

    it('print no credential', async () => {
      const connection = await connected()
      const credential = await connection.credential()
      const printed =
        inspect([connection, credential, connections], { depth: 9 }) +
        JSON.stringify([connection, credential])
      expect(printed).not.toContain('ya29')
      expect(printed).not.toContain('refresh-token')
    })

    it('are not there for a grant without, expired or revoked, and not another buyer’s', async () => {
      expect(await codeOf(connections.forGrant('g_unknown', 'gmail'))).toBe('not_connected')
      const { id } = await connect(authorizedUser, 'b_2')
      await grantTo(id)
      expect(await codeOf(connections.forGrant('g_1', 'gmail'))).toBe('not_connected')
      await open.db
        .updateTable('grants')
        .set({ buyer_id: 'b_2', expires_at: new Date(now - 1_000) })
        .execute()
      expect(await codeOf(connections.forGrant('g_1', 'gmail'))).toBe('not_connected')
      await open.db.updateTable('grants').set({ expires_at: null }).execute()
      await expect(connections.forGrant('g_1', 'gmail')).resolves.toMatchObject({ id })
      await revokeGrant(open.db, 'g_1', 'x')
      now += 5_001
      expect(await codeOf(connections.forGrant('g_1', 'gmail'))).toBe('not_connected')
    })

    it('know whether the grant, whatever a token of it says, asks about other conversations', async () => {
      expect(await connected()).toMatchObject({ remembersShown: false })
      const details = [
        { type: 'gmail', actions: ['messages.read'] },
        { type: 'gmail', actions: ['messages.reply'], body: { html: 'none' } },
      ]
      const asks = async (authorization_details: readonly object[]): Promise<boolean> => {
        await open.db
          .updateTable('grants')
          .set({ authorization_details: JSON.stringify(authorization_details) })
          .execute()
        now += 5_001
        return (await connections.forGrant('g_1', 'gmail')).remembersShown
      }
      expect(await asks(details)).toBe(false)
      expect(await asks([...details, { actions: ['drafts.write'], body: { echo: 'none' } }])).toBe(
        true,
      )
    })

    it('are refused at once when the grant is known to be revoked', async () => {
      const revoked = new Set<string>()
      connections = create({ isRevoked: (grantId) => revoked.has(grantId) })
      await connected()
      revoked.add('g_1')
      expect(await codeOf(connections.forGrant('g_1', 'gmail'))).toBe('not_connected')
    })

    it('do not open a credential that was moved from another buyer’s row', async () => {
      await connect(authorizedUser, 'b_2')
      const { sealed } = await row()
      const { id } = await connect()
      await open.db.updateTable('connections').set({ sealed }).where('id', '=', id).execute()
      await grantTo(id)
      await expect(connections.forGrant('g_1', 'gmail')).rejects.toMatchObject({
        code: 'unseal_failed',
      })
    })
  })

  describe('whose token runs out', () => {
    it('refresh it once for everybody who waits', async () => {
      const connection = await connected()
      google.answer = { status: 200, body: undefined, delayMs: 30 }
      const tokens = await Promise.all(Array.from({ length: 20 }, async () => tokenOf(connection)))
      expect(new Set(tokens).size).toBe(1)
      expect(google.refreshes).toHaveLength(1)
    })

    it('share the token between grants and between readings of the row', async () => {
      const connection = await connected()
      const first = await tokenOf(connection)
      now += 6_000
      expect(await tokenOf(await connections.forGrant('g_1', 'gmail'))).toBe(first)
      expect(google.refreshes).toHaveLength(1)
    })

    it('renew it early in the background, and wait for it in its last minute', async () => {
      const connection = await connected()
      const first = await tokenOf(connection)
      now += 3_599_000 - 4 * 60_000
      expect(await tokenOf(connection)).toBe(first)
      await expect.poll(() => google.refreshes.length).toBe(2)
      await expect.poll(async () => tokenOf(connection)).not.toBe(first)
      const second = await tokenOf(connection)
      now += 3_599_000 - 30_000
      expect(await tokenOf(connection)).not.toBe(second)
    })

    it('drop a token that Gmail refused, and only that one', async () => {
      const connection = await connected()
      const refused = await connection.credential()
      await connection.rejected(refused)
      const next = await connection.credential()
      expect(next.reveal()).not.toBe(refused.reveal())
      await connection.rejected(refused)
      expect((await connection.credential()).reveal()).toBe(next.reveal())
      expect(google.refreshes).toHaveLength(2)
    })

    it('keep a new refresh token that Google hands out', async () => {
      const connection = await connected()
      google.answer = {
        status: 200,
        body: { access_token: 'ya29.x', expires_in: 3599, refresh_token: '1//second' },
      }
      await tokenOf(connection)
      google.answer = { status: 200, body: undefined }
      await tokenOf(await create().forGrant('g_1', 'gmail'))
      expect(google.refreshes.map((form) => form.get('refresh_token'))).toEqual([
        '1//refresh-token',
        '1//second',
      ])
      now += 6_000
      expect(await tokenOf(await connections.forGrant('g_1', 'gmail'))).toBe('ya29.x')
    })
  })

  describe('that Google says no to', () => {
    it.each(['invalid_grant', 'invalid_client', 'unauthorized_client'])(
      'break on %s until they are made again',
      async (error) => {
        const connection = await connected()
        google.answer = {
          status: 400,
          body: { error, error_description: 'Token 1//0refresh-token-x expired' },
        }
        expect(await codeOf(connection.credential())).toBe('broken')
        expect(await row()).toMatchObject({
          status: 'broken',
          last_error: expect.stringContaining(error) as string,
        })
        expect((await row()).last_error).not.toContain('refresh-token')
        expect(await codeOf(connection.credential())).toBe('broken')
        expect(google.refreshes).toHaveLength(1)
        now += 6_000
        expect(await codeOf(connections.forGrant('g_1', 'gmail'))).toBe('broken')
        expect(await codeOf(create().forGrant('g_1', 'gmail'))).toBe('broken')

        google.answer = { status: 200, body: undefined }
        await connect()
        expect(await tokenOf(await connections.forGrant('g_1', 'gmail'))).toMatch(/^ya29/)
      },
    )

    it.each([
      ['a server error', { status: 503, body: 'down' }],
      ['too many requests', { status: 429, body: { error: 'rate_limit_exceeded' } }],
      ['no JSON', { status: 200, body: '<html>' }],
      ['no token', { status: 200, body: { token_type: 'Bearer' } }],
      ['a token that is no header value', { status: 200, body: { access_token: 'a\r\nb: c' } }],
      ['an endless answer', { status: 200, body: 'x'.repeat(100_000) }],
      ['a redirect', { status: 307, body: '', redirect: '/elsewhere' }],
      ['a connection that breaks', { status: 200, body: undefined, hang: true }],
    ])('are unreachable, not broken, on %s, and recover', async (_name, answer) => {
      const connection = await connected()
      google.answer = answer
      expect(await codeOf(connection.credential())).toBe('provider_unreachable')
      expect(await codeOf(connection.credential())).toBe('provider_unreachable')
      expect(google.refreshes).toHaveLength(1)
      // the one call when it was connected: nothing followed a redirect
      expect(google.profileCalls).toHaveLength(1)
      expect(await row()).toMatchObject({ status: 'working' })
      google.answer = { status: 200, body: undefined }
      now += 1_001
      expect(await tokenOf(connection)).toMatch(/^ya29/)
    })

    it('break when Gmail refuses every token that Google issues', async () => {
      const connection = await connected()
      for (let attempt = 0; attempt < 3; attempt += 1)
        await connection.rejected(await connection.credential())
      expect(await codeOf(connection.credential())).toBe('broken')
      expect(await row()).toMatchObject({ status: 'broken' })
    })

    it('break when an access token that cannot be renewed is refused', async () => {
      const connection = await connected('ya29.raw')
      await connection.rejected(await connection.credential())
      expect(await codeOf(connection.credential())).toBe('broken')
    })

    it('do not break what was connected again meanwhile', async () => {
      const connection = await connected()
      await connect()
      google.answer = { status: 400, body: { error: 'invalid_grant' } }
      expect(await codeOf(connection.credential())).toBe('broken')
      expect(await row()).toMatchObject({ status: 'working' })
    })
  })
})
