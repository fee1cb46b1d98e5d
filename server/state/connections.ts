import { sql, type Kysely } from 'kysely'
import { ConnectionError, type Connection, type Connections } from '../../adapters/ports.ts'
import type { ProviderType } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import type { Log } from '../log.ts'
import { BoundedMap } from './bounded-map.ts'
import { connectionPurpose } from './connection-purpose.ts'
import { readStored, writeStored } from './credential-format.ts'
import { LiveConnection } from './live-connection.ts'
import { seal, unsealText } from './seal.ts'
import { tokenEndpointOf, type TokenSettings } from './token-endpoint.ts'

export interface ConnectionsOptions {
  /** asked before a cached answer is given: a revoked grant has no connection */
  readonly isRevoked?: (grantId: string) => boolean
  readonly log?: Log
  readonly now?: () => number
}

const CACHE_MS = 5_000
const MAX_GRANTS = 10_000
const MAX_CONNECTIONS = 10_000
/** how exactly it is known when a connection was last used: one write for all calls of a minute */
const USE_NOTED_EVERY_MS = 60_000

interface ConnectionRow {
  readonly id: string
  readonly buyer_id: string
  readonly provider: string
  readonly account: string
  readonly sealed: string
  readonly status: 'working' | 'broken'
  readonly last_error: string | null
  readonly remembers_shown: boolean
}

export function createConnections(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  config: TokenSettings,
  options: ConnectionsOptions = {},
): DatabaseConnections {
  return new DatabaseConnections(db, masterKey, config, options)
}

export class DatabaseConnections implements Connections {
  readonly #db: Kysely<Database>
  readonly #masterKey: Uint8Array
  readonly #tokens: TokenSettings
  readonly #isRevoked: (grantId: string) => boolean
  readonly #log: Log
  readonly #now: () => number
  readonly #byGrant = new BoundedMap<
    string,
    { readonly connection: Connection; readonly until: number }
  >(MAX_GRANTS)
  /** by connection id; `sealed` tells whether the row was connected again since */
  readonly #live = new BoundedMap<
    string,
    { readonly sealed: string; readonly live: LiveConnection }
  >(MAX_CONNECTIONS)

  /** by connection id, when a use was noted last */
  readonly #noted = new BoundedMap<string, number>(MAX_CONNECTIONS)

  constructor(
    db: Kysely<Database>,
    masterKey: Uint8Array,
    config: TokenSettings,
    options: ConnectionsOptions,
  ) {
    this.#db = db
    this.#masterKey = masterKey
    this.#tokens = config
    this.#isRevoked = options.isRevoked ?? (() => false)
    this.#log = options.log ?? (() => undefined)
    this.#now = options.now ?? Date.now
  }

  async forGrant(grantId: string, provider: ProviderType): Promise<Connection> {
    if (this.#isRevoked(grantId)) throw notConnected()
    const key = `${provider} ${grantId}`
    const cached = this.#byGrant.get(key)
    if (cached !== undefined && cached.until > this.#now()) return cached.connection
    const until = this.#now() + CACHE_MS
    const row = await this.#findRow(grantId, provider)
    if (row === undefined) throw notConnected()
    if (row.status === 'broken')
      throw new ConnectionError('broken', row.last_error ?? 'the connection is broken')
    const connection = this.#toConnection(row, await this.#liveFor(row))
    this.#byGrant.set(key, { connection, until })
    return connection
  }

  /** for what somebody still has to ask under a grant that may be gone; undefined: it is gone or broken itself */
  async byId(id: string): Promise<Connection | undefined> {
    const row = await this.#db
      .selectFrom('connections')
      .select(['id', 'buyer_id', 'provider', 'account', 'sealed', 'status', 'last_error'])
      .where('id', '=', id)
      .where('status', '=', 'working')
      .executeTakeFirst()
    if (row === undefined) return undefined
    const whole = { ...row, remembers_shown: false }
    return this.#toConnection(whole, await this.#liveFor(whole))
  }

  /** the account must still be the granting buyer's own, whatever the grant's column says */
  async #findRow(grantId: string, provider: string): Promise<ConnectionRow | undefined> {
    return this.#db
      .selectFrom('grants')
      .innerJoin('connections', (join) =>
        join
          .on('connections.id', '=', sql<string>`grants.connections ->> ${provider}::text`)
          .onRef('connections.buyer_id', '=', 'grants.buyer_id'),
      )
      .select([
        'connections.id',
        'connections.buyer_id',
        'connections.provider',
        'connections.account',
        'connections.sealed',
        'connections.status',
        'connections.last_error',
        sql<boolean>`jsonb_path_exists(grants.authorization_details, '$[*].body.echo')
          or jsonb_path_exists(grants.authorization_details, '$[*].approval.echo')`.as(
          'remembers_shown',
        ),
      ])
      .where('grants.id', '=', grantId)
      .where('grants.revoked_at', 'is', null)
      .where((where) =>
        where.or([
          where('grants.expires_at', 'is', null),
          where('grants.expires_at', '>', sql<Date>`now()`),
        ]),
      )
      .where('connections.provider', '=', provider)
      .executeTakeFirst()
  }

  async #liveFor(row: ConnectionRow): Promise<LiveConnection> {
    const known = this.#live.get(row.id)
    if (known?.sealed === row.sealed) return known.live
    const opened = readStored(await unsealText(this.#masterKey, connectionPurpose(row), row.sealed))
    // two first requests at once must end up with one connection, or each would refresh
    const meanwhile = this.#live.get(row.id)
    if (meanwhile?.sealed === row.sealed) return meanwhile.live
    const live = new LiveConnection(
      opened,
      this.#keeperOf(row),
      tokenEndpointOf(row.provider, this.#tokens),
      this.#now,
    )
    this.#live.set(row.id, { sealed: row.sealed, live })
    return live
  }

  /** INVARIANT: writes only what it read: a connection that was made again meanwhile is left alone */
  #keeperOf(row: ConnectionRow): ConstructorParameters<typeof LiveConnection>[1] {
    let { sealed } = row
    const update = async (changes: {
      sealed?: string
      status?: 'broken'
      last_error?: string
    }): Promise<void> => {
      await this.#db
        .updateTable('connections')
        .set({ ...changes, changed_at: sql<Date>`now()` })
        .where('id', '=', row.id)
        .where('sealed', '=', sealed)
        .execute()
    }
    return {
      replace: async (credential) => {
        const next = await seal(this.#masterKey, connectionPurpose(row), writeStored(credential))
        await update({ sealed: next })
        sealed = next
        const live = this.#live.get(row.id)?.live
        if (live !== undefined) this.#live.set(row.id, { sealed: next, live })
      },
      markBroken: async (reason) => {
        this.#log({
          event: 'connection_broken',
          connectionId: row.id,
          provider: row.provider,
          error: reason,
        })
        await update({ status: 'broken', last_error: reason })
      },
    }
  }

  #toConnection(row: ConnectionRow, live: LiveConnection): Connection {
    return {
      id: row.id,
      account: row.account,
      remembersShown: row.remembers_shown,
      credential: async () => {
        const credential = await live.credential()
        this.#noteUse(row.id)
        return credential
      },
      rejected: async (credential) => live.rejected(credential),
    }
  }

  /** nobody waits for it, and a call never fails by it: it is for the buyer to read, and nothing is decided by it */
  #noteUse(id: string): void {
    const now = this.#now()
    if (now - (this.#noted.get(id) ?? -Infinity) < USE_NOTED_EVERY_MS) return
    this.#noted.set(id, now)
    void this.#db
      .updateTable('connections')
      .set({ last_used_at: new Date(now) })
      .where('id', '=', id)
      // another replica may have been there a moment ago
      .where((where) =>
        where.or([
          where('last_used_at', 'is', null),
          where('last_used_at', '<', new Date(now - USE_NOTED_EVERY_MS / 2)),
        ]),
      )
      .execute()
      .catch(() => undefined)
  }
}

function notConnected(): ConnectionError {
  return new ConnectionError(
    'not_connected',
    'this grant has no connected account: the buyer has to connect it',
  )
}
