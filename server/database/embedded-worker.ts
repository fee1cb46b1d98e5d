import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import type { EngineReply, EngineRequest, Statement, StatementResult } from './engine.ts'
import { toErrorFields } from './engine.ts'
import { startHousekeeping } from './housekeeping.ts'
import { prepareDirectory } from './prepare-directory.ts'
import { SessionQueue } from './session-queue.ts'
import { durableStartParameters, SyncedFiles } from './synced-files.ts'

/** what the main thread gives the worker at its start */
export interface EmbeddedWorkerData {
  /** absent: the database lives in memory */
  readonly directory: string | undefined
  /** a dump to start the database in memory from */
  readonly seed: Uint8Array | undefined
  readonly waitMs: number
  readonly idleMs: number
}

const { directory, seed, waitMs, idleMs } = workerData as EmbeddedWorkerData
const port = requirePort()
const pglite = await open()
const queue = new SessionQueue(
  { execute, isInTransaction: () => pglite.isInTransaction() },
  { waitMs, idleMs },
)
const stopListening = new Map<string, () => Promise<void>>()
const housekeeping = directory === undefined ? undefined : startHousekeeping(queue, execute)

port.on('message', (request: EngineRequest) => {
  answer(request).then(
    (result) => {
      reply({ id: request.id, result })
      // the close was acknowledged: nothing may keep this thread alive
      if (request.kind === 'close') port.close()
    },
    (error: unknown) => reply({ id: request.id, error: toErrorFields(error) }),
  )
})
reply({ id: 0, result: undefined })

async function open(): Promise<PGlite> {
  if (directory === undefined) {
    return PGlite.create(
      seed === undefined ? {} : { loadDataDir: new Blob([new Uint8Array(seed)]) },
    )
  }
  await prepareDirectory(directory, async (fresh) => {
    // without syncing: what is in the new directory is synced once, when it is complete
    const created = await PGlite.create({ dataDir: fresh })
    await created.close()
  })
  return openDirectory(directory)
}

async function openDirectory(path: string): Promise<PGlite> {
  const files = new SyncedFiles(path)
  const opened = await PGlite.create({
    fs: files,
    startParams: durableStartParameters(PGlite.defaultStartParams),
  })
  if (files.syncs === 0) {
    throw new Error(
      'the embedded database does not sync its files: this version of PGlite cannot be used',
    )
  }
  return opened
}

async function answer(request: EngineRequest): Promise<StatementResult | undefined> {
  switch (request.kind) {
    case 'query':
    case 'begin':
    case 'commit':
    case 'rollback':
      return queue.run(request.session, request)
    case 'end':
      await queue.end(request.session)
      return undefined
    case 'listen':
      await queue.exclusively(async () => listen(request.channel))
      return undefined
    case 'unlisten':
      await queue.exclusively(async () => unlisten(request.channel))
      return undefined
    case 'close':
      housekeeping?.stop()
      await queue.exclusively(async () => pglite.close())
      return undefined
  }
}

/** outside anybody's transaction: a LISTEN inside one is undone by its rollback */
async function listen(channel: string): Promise<void> {
  if (stopListening.has(channel)) return
  const stop = await pglite.listen(channel, (payload) => reply({ channel, payload }))
  stopListening.set(channel, stop)
}

async function unlisten(channel: string): Promise<void> {
  await stopListening.get(channel)?.()
  stopListening.delete(channel)
}

async function execute(statement: Statement): Promise<StatementResult> {
  const result = await pglite.query(statement.sql, [...statement.parameters])
  return { rows: result.rows, affectedRows: result.affectedRows, command: result.command }
}

function reply(message: EngineReply): void {
  port.postMessage(message)
}

function requirePort(): NonNullable<typeof parentPort> {
  if (parentPort === null) throw new Error('embedded-worker.ts runs as a worker thread')
  return parentPort
}
