import fs from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

type Emscripten = Awaited<ReturnType<NodeFS['init']>>['emscriptenOpts']

/** the part of Emscripten's file system that we complete */
interface NodeFileOperations {
  fsync?: (stream: { nfd: number }) => number
}

/**
 * PGlite's files with a working fsync(2). Emscripten's NODEFS has none, and PGlite starts PostgreSQL with fsync off.
 * Given both, PostgreSQL's own rules for commits, checkpoints and new WAL segments hold.
 */
export class SyncedFiles extends NodeFS {
  /** how often PostgreSQL asked for a sync: zero after the start would mean that this hook is dead */
  syncs = 0

  override async init(pg: PGlite, options: Emscripten): Promise<{ emscriptenOpts: Emscripten }> {
    const { emscriptenOpts } = await super.init(pg, options)
    const complete = (module: { NODEFS: unknown }): void => {
      const { stream_ops: operations } = module.NODEFS as { stream_ops: NodeFileOperations }
      operations.fsync = (stream) => {
        this.syncs += 1
        // an exception here is PostgreSQL's PANIC: what was not synced must not be acknowledged (fsyncgate)
        fs.fdatasyncSync(stream.nfd)
        return 0
      }
    }
    return {
      emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), complete] },
    }
  }
}

/** `fsync` and not the default `fdatasync`: that call is a stub in PGlite's build which never reaches the file */
export function durableStartParameters(defaults: readonly string[]): string[] {
  const kept = defaults.filter((parameter) => parameter !== '-F')
  return [...kept, '-c', 'wal_sync_method=fsync', '-c', 'max_wal_size=128MB']
}
