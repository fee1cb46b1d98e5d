import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

const OID_INT8 = 20
const STATEMENT_TIMEOUT_MS = 60_000
const IDLE_IN_TRANSACTION_MS = 60_000
const CONNECT_TIMEOUT_MS = 5_000
const POOL_SIZE = 10
const RECONNECT_MS = 500

/** numbers as PGlite gives them; the driver's default, a string, would compare and sort as text */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === OID_INT8 && format !== ('binary' as string)
      ? parseInt8
      : (pg.types.getTypeParser(oid, format) as unknown)) as typeof pg.types.getTypeParser,
}

export function openPool(url: string, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({ ...settings(url), max: POOL_SIZE })
  // a connection that breaks while idle: without a handler the process would end
  pool.on('error', onError)
  return pool
}

/**
 * LISTEN on a connection of its own, opened again whenever it breaks. Notifications in between are lost: the handler is
 * called once with an empty payload after every reconnect, and whoever needs certainty polls beside it.
 */
export async function listenPostgres(
  url: string,
  channel: string,
  handler: (payload: string) => void,
): Promise<() => Promise<void>> {
  const stopping = new AbortController()
  let client = await connect(url, channel, handler, lost)

  function lost(): void {
    if (!stopping.signal.aborted) void reconnect()
  }

  async function reconnect(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(RECONNECT_MS, undefined, { ref: false })
      const next = await connect(url, channel, handler, lost).catch(() => undefined)
      if (next === undefined) continue
      client = next
      if (stopping.signal.aborted) await client.end().catch(() => undefined)
      else handler('')
      return
    }
  }

  return async () => {
    stopping.abort()
    await client.end().catch(() => undefined)
  }
}

async function connect(
  url: string,
  channel: string,
  handler: (payload: string) => void,
  lost: () => void,
): Promise<pg.Client> {
  const client = new pg.Client({ ...settings(url), keepAlive: true })
  let listening = false
  try {
    client.on('error', () => undefined)
    await client.connect()
    client.on('notification', ({ payload }) => handler(payload ?? ''))
    // before the statement: a connection that breaks right after it must not go unnoticed
    client.once('end', () => {
      if (listening) lost()
    })
    await client.query(`listen ${client.escapeIdentifier(channel)}`)
    listening = true
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

function settings(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    application_name: 'remit',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  }
}

function parseInt8(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}
