import { Kysely, PostgresDialect } from 'kysely'
import { openEmbedded, type EmbeddedOptions } from './embedded.ts'
import { EngineDialect } from './engine-dialect.ts'
import type { Engine } from './engine.ts'
import { listenPostgres, openPool } from './postgres.ts'
import type { Database } from './schema.ts'

export interface OpenDatabase extends AsyncDisposable {
  readonly db: Kysely<Database>
  readonly kind: 'postgres' | 'embedded'
  /**
   * Calls the handler for every notification on the channel until the returned function is called. Delivery is best
   * effort: an empty payload says that some may have been missed.
   */
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
  /** the embedded engine, for the socket that shares it; PostgreSQL needs no sharing */
  readonly engine?: Engine
}

export type OpenOptions =
  | { readonly url: string; readonly onError?: (error: Error) => void }
  | { readonly dataDir: string }
  | { readonly memory: true; readonly seed?: Uint8Array }

export async function openDatabase(options: OpenOptions): Promise<OpenDatabase> {
  if ('url' in options) return openPostgres(options.url, options.onError ?? (() => undefined))
  return openEngine('memory' in options ? { seed: options.seed } : options)
}

function openPostgres(url: string, onError: (error: Error) => void): OpenDatabase {
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: openPool(url, onError) }),
  })
  const close = async (): Promise<void> => db.destroy()
  return {
    db,
    kind: 'postgres',
    listen: async (channel, handler) => listenPostgres(url, channel, handler),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function openEngine(options: EmbeddedOptions): Promise<OpenDatabase> {
  const engine = await openEmbedded(options)
  const db = new Kysely<Database>({ dialect: new EngineDialect(engine) })
  const close = async (): Promise<void> => {
    await db.destroy()
    // destroy() does nothing to an engine that no query ever reached
    await engine.close()
  }
  return {
    db,
    kind: 'embedded',
    engine,
    listen: async (channel, handler) => engine.listen(channel, handler),
    close,
    [Symbol.asyncDispose]: close,
  }
}
