import { rm } from 'node:fs/promises'
import { chmodSync } from 'node:fs'
import net from 'node:net'
import { join, relative, resolve } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { Kysely } from 'kysely'
import { EngineClient, stopped } from './engine-client.ts'
import { EngineDialect } from './engine-dialect.ts'
import type { EngineReply } from './engine.ts'
import { FrameReader, toFrame } from './frames.ts'
import type { OpenDatabase } from './open.ts'
import type { Database } from './schema.ts'
import { SocketPeer } from './socket-peer.ts'

/** sun_path holds 108 bytes with the terminating NUL; a longer path would be cut and bound somewhere else */
const MAX_PATH_BYTES = 107
const CONNECT_TIMEOUT_MS = 5_000

export function socketPath(dataDir: string): string {
  return join(dataDir, 'socket')
}

/**
 * Lets the operator's commands use the embedded database of this process. The socket lies in a directory that only its
 * owner can enter and is the owner's alone from the moment it exists.
 */
export async function serveDatabaseSocket(
  open: Pick<OpenDatabase, 'engine'>,
  path: string,
): Promise<{ close(): Promise<void> }> {
  const { engine } = open
  if (engine === undefined) throw new Error('only the embedded database is shared through a socket')
  const peers = new Set<SocketPeer>()
  const server = net.createServer((socket) => {
    const peer = new SocketPeer(engine, socket)
    peers.add(peer)
    socket.on('close', () => peers.delete(peer))
  })
  // the caller holds the directory's lock: a socket that is still there belongs to a dead process
  await rm(path, { force: true })
  await listen(server, shortest(path))
  return {
    close: async () => {
      const closed = new Promise((done) => server.close(done))
      for (const peer of peers) peer.disconnect()
      await closed
    },
  }
}

/** the database of the running server at the other end */
export async function connectDatabaseSocket(path: string): Promise<OpenDatabase> {
  const socket = await connect(shortest(path))
  const client = new EngineClient((request) => socket.write(toFrame(request)))
  const reader = new FrameReader()
  socket.on('data', (chunk) => {
    try {
      for (const message of reader.read(chunk)) client.receive(message as EngineReply)
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined)
    }
  })
  socket.on('error', (error) =>
    client.fail(stopped('the connection to the running server broke', error)),
  )
  socket.on('close', () => client.fail(stopped('the running server closed the connection')))
  return toOpenDatabase(client, socket)
}

function toOpenDatabase(client: EngineClient, socket: net.Socket): OpenDatabase {
  const engine = {
    openSession: () => client.openSession(),
    close: async () => {
      if (socket.destroyed) return
      const closed = new Promise((done) => socket.once('close', done))
      socket.end()
      await closed
    },
  }
  const db = new Kysely<Database>({ dialect: new EngineDialect(engine) })
  const close = async (): Promise<void> => {
    await db.destroy()
    await engine.close()
  }
  // a command is over before it would hear anything
  const listenToNothing = async (): Promise<() => Promise<void>> => async () => undefined
  return { db, kind: 'embedded', listen: listenToNothing, close, [Symbol.asyncDispose]: close }
}

async function connect(path: string): Promise<net.Socket> {
  return new Promise((done, reject) => {
    const socket = net.connect(path)
    socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
      socket.destroy(new Error('the running server does not answer')),
    )
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', reject)
      done(socket)
    })
  })
}

async function listen(server: net.Server, path: string): Promise<void> {
  await new Promise<void>((done, reject) => {
    server.once('error', reject)
    privately(() => server.listen(path, done))
  })
  chmodSync(path, 0o600)
}

/** bind(2) happens inside listen(), so the mask is in force when the file appears; worker threads have no mask of their own */
function privately(bind: () => void): void {
  if (!isMainThread) {
    bind()
    return
  }
  const before = process.umask(0o177)
  try {
    bind()
  } finally {
    process.umask(before)
  }
}

function shortest(path: string): string {
  const absolute = resolve(path)
  const beside = relative(process.cwd(), absolute)
  const chosen = beside.length > 0 && beside.length < absolute.length ? beside : absolute
  if (Buffer.byteLength(chosen) > MAX_PATH_BYTES) {
    throw new Error(`\`${absolute}\` is too long for a socket: set REMIT_DATA to a shorter path`)
  }
  return chosen
}
