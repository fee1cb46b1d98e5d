import { chmod, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { lockDirectory, type DirectoryLock } from './directory-lock.ts'
import { EngineClient, stopped } from './engine-client.ts'
import type { EngineReply } from './engine.ts'
import type { EmbeddedWorkerData } from './embedded-worker.ts'

const WAIT_MS = 30_000
const IDLE_IN_TRANSACTION_MS = 60_000

export interface EmbeddedOptions {
  /** REMIT_DATA; absent: in memory */
  readonly dataDir?: string | undefined
  readonly seed?: Uint8Array | undefined
  readonly waitMs?: number | undefined
  readonly idleMs?: number | undefined
}

/** PGlite in a thread of its own: its wasm runs to the end of a statement and would stop the event loop for as long */
export async function openEmbedded(options: EmbeddedOptions): Promise<EngineClient> {
  const { dataDir, seed } = options
  const directory = dataDir === undefined ? undefined : resolve(dataDir)
  const lock = directory === undefined ? undefined : await claim(directory)
  try {
    return await startWorker(lock, {
      directory: directory === undefined ? undefined : join(directory, 'database'),
      seed,
      waitMs: options.waitMs ?? WAIT_MS,
      idleMs: options.idleMs ?? IDLE_IN_TRANSACTION_MS,
    })
  } catch (error) {
    await lock?.release()
    throw error
  }
}

/** it holds the sealed credentials, and on a fresh machine the master key: nobody else may look in */
async function claim(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  return lockDirectory(directory)
}

async function startWorker(
  lock: DirectoryLock | undefined,
  workerData: EmbeddedWorkerData,
): Promise<EngineClient> {
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData })
  const exited = new Promise<void>((done) => worker.once('exit', () => done()))
  const client = new EmbeddedClient(worker, async () => {
    await exited
    await lock?.release()
  })
  worker.on('message', (message: EngineReply) => client.receive(message))
  worker.once('error', (error: Error) => client.fail(error))
  await client.ready()
  worker.removeAllListeners('error')
  const fail = (cause?: unknown): void =>
    client.fail(stopped('the embedded database stopped: restart', cause))
  worker.on('error', fail)
  worker.on('exit', () => fail())
  return client
}

class EmbeddedClient extends EngineClient {
  readonly #afterwards: () => Promise<void>

  constructor(worker: Worker, afterwards: () => Promise<void>) {
    super((request) => worker.postMessage(request))
    this.#afterwards = afterwards
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#afterwards()
  }
}
