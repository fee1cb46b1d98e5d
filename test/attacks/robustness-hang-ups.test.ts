import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SEED, type FakeGmail } from '../fakes/gmail/index.ts'
import {
  startFrontUnderAttack,
  UPSTREAM_CONNECTIONS,
  type FrontUnderAttack,
} from './robustness-front.ts'
import { openSocket, readAnswers } from './robustness-socket.ts'

/**
 * Clients that leave, at every stage of a request. A proxy that hands the provider's answer on as a stream loses one
 * upstream connection for each of them, until it answers nobody.
 */
const CLIENTS = process.env['REMIT_LONG'] === '1' ? 10_000 : 1_500
const AT_ONCE = 48
/** how long the provider takes over the message that clients leave in the middle of */
const PROVIDER_MILLISECONDS = 25

let attacked: FrontUnderAttack
let largeMessageId: string
let requests: Requests

beforeAll(async () => {
  attacked = await startFrontUnderAttack(10_000)
  largeMessageId = addLargeMessage(attacked.front.gmail)
  requests = createRequests(attacked.token)
})
afterAll(async () => attacked.front.close())

/** more than the buffers of two sockets hold */
function addLargeMessage(fake: FakeGmail): string {
  const text = `${'A long letter about tea. '.repeat(3)}\r\n`.repeat(20_000)
  const head =
    'From: alice@riverside-cafe.example\r\nTo: dana@northwind-tea.example\r\nSubject: long\r\n\r\n'
  const labelIds = ['INBOX', SEED.labels.support]
  return fake.mailbox.addMessage({ raw: `${head}${text}`, labelIds }).id
}

interface Requests {
  get(messageId: string): string
  send(subject: string): string
}

function createRequests(token: string): Requests {
  const head = (line: string): string =>
    `${line} HTTP/1.1\r\nHost: front.example\r\nAuthorization: Bearer ${token}\r\n`
  return {
    get: (id) => `${head(`GET /gmail/v1/users/me/messages/${id}`)}\r\n`,
    send: (subject) => {
      const mail = `To: ${SEED.supportThread.customer}\r\nSubject: ${subject}\r\n\r\nHello\r\n`
      const body = JSON.stringify({ raw: Buffer.from(mail).toString('base64url') })
      const headers = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
      return `${head('POST /gmail/v1/users/me/messages/send')}${headers}\r\n${body}`
    },
  }
}

type Stage = (socket: Socket, client: number) => Promise<void>

const STAGES: Readonly<Record<string, Stage>> = {
  'before a byte': () => Promise.resolve(),
  'inside the request line': write(() => 'GET /gmail/v1/us'),
  'inside the headers': write(() => requests.get(SEED.html.id).slice(0, -60)),
  'before the body': write(() => requests.send('never').split('\r\n\r\n', 1)[0] + '\r\n\r\n'),
  'inside the body': write(() => requests.send('never').slice(0, -20)),
  'right after the request': write(() => requests.get(SEED.html.id)),
  'between two pieces of the request': async (socket) => {
    const request = requests.get(SEED.html.id)
    socket.write(request.slice(0, 40))
    await sleep(2)
    socket.write(request.slice(40))
  },
  'while the provider works': async (socket, client) => {
    socket.write(requests.get(SEED.supportLast.id))
    await sleep((client % 10) * 3)
  },
  'while a mail is being sent': async (socket, client) => {
    socket.write(requests.send(`mail ${client}`))
    if (client % 2 === 0) await sleep(client % 20)
    else await untilSent(`mail ${client}`)
  },
  'with the head of the answer': async (socket) => {
    socket.write(requests.get(SEED.html.id))
    await firstBytes(socket)
  },
  'in the middle of a large answer': async (socket, client) => {
    socket.write(requests.get(client % 12 === 0 ? largeMessageId : SEED.html.id))
    await firstBytes(socket)
  },
  'without reading a large answer': async (socket, client) => {
    socket.pause()
    socket.write(requests.get(client % 12 === 0 ? largeMessageId : SEED.html.id))
    await sleep(15)
  },
  'with a second request half written': async (socket) => {
    socket.write(requests.get(SEED.html.id) + requests.get(SEED.html.id).slice(0, 70))
    await firstBytes(socket)
  },
}

function write(bytes: () => string): Stage {
  return async (socket) => {
    await new Promise<void>((resolve) => {
      socket.write(bytes(), () => resolve())
    })
  }
}

/** the provider has it and takes its time to say so */
async function untilSent(subject: string): Promise<void> {
  const { gmail } = attacked.front
  for (let waited = 0; waited < 3000; waited += 3) {
    if (gmail.sent.some((mail) => mail.subject === subject)) return
    await sleep(3)
  }
}

async function firstBytes(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.once('data', () => resolve())
    socket.once('close', () => resolve())
  })
}

/** in order, with a reset, or with half of the connection still open for a moment */
function leave(socket: Socket, client: number): void {
  if (client % 3 === 0) socket.resetAndDestroy()
  else if (client % 3 === 1) socket.destroy()
  else {
    socket.end()
    setTimeout(() => socket.destroy(), 5)
  }
}

async function hangUp(client: number): Promise<void> {
  const stages = Object.values(STAGES)
  const stage = stages[client % stages.length]
  const socket = await openSocket(attacked.front.port)
  await stage?.(socket, Math.floor(client / stages.length))
  leave(socket, Math.floor(client / stages.length))
}

describe(`${CLIENTS} clients that hang up at every stage`, () => {
  beforeAll(async () => {
    const { gmail } = attacked.front
    for (const route of [new RegExp(SEED.supportLast.id), 'messages.send']) {
      gmail.failNext(
        { kind: 'delay', milliseconds: PROVIDER_MILLISECONDS },
        { route, times: Number.POSITIVE_INFINITY },
      )
    }
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < CLIENTS) await hangUp(next++)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  }, 900_000)

  test('leave the front answering the next one at once', async () => {
    const start = performance.now()
    await attacked.expectServed()
    expect(performance.now() - start).toBeLessThan(2000)
  })

  test('leave no request unfinished and no connection open, on either side', async () => {
    const { front } = attacked
    await expect.poll(() => front.upstreamRequests(), { timeout: 10_000 }).toBe(0)
    await expect.poll(() => front.gmail.pendingRequests(), { timeout: 10_000 }).toBe(0)
    await expect.poll(() => front.openConnections(), { timeout: 10_000 }).toBe(0)
    expect(front.gmail.openSockets()).toBeLessThanOrEqual(UPSTREAM_CONNECTIONS)
  })

  test('leave every upstream connection usable: as many slow requests at once as the pool holds', async () => {
    const path = `/gmail/v1/users/me/messages/${SEED.supportLast.id}?format=minimal`
    const start = performance.now()
    const answers = await Promise.all(
      Array.from({ length: UPSTREAM_CONNECTIONS }, () =>
        attacked.front.fetch(path, attacked.token),
      ),
    )
    expect(answers.map((answer) => answer.status)).toEqual(Array(UPSTREAM_CONNECTIONS).fill(200))
    expect(performance.now() - start).toBeLessThan(
      UPSTREAM_CONNECTIONS * PROVIDER_MILLISECONDS + 1000,
    )
  })

  test('leave no record without its outcome, and no error of the front’s own', () => {
    const { record, events } = attacked.front.ports
    expect(record.calls.length).toBeGreaterThan(0)
    expect(record.calls.filter((call) => call.outcome === undefined)).toEqual([])
    expect(events).toEqual([])
  })

  test('had their mail sent once, or not at all, and the record knows which', () => {
    const { gmail, ports } = attacked.front
    const subjects = gmail.sent.map((mail) => mail.subject)
    expect(new Set(subjects).size).toBe(subjects.length)
    expect(subjects).not.toContain('never')
    const outcomes = ports.record.calls
      .filter(({ entry }) => entry.operation === 'gmail.users.messages.send')
      .filter(({ entry }) => entry.decision === 'allow')
      .map(({ outcome }) => outcome?.outcome)
      // who leaves while his mail is written has an intent on record that came to nothing
      .filter((outcome) => outcome !== 'failed')
    expect(outcomes).toEqual(subjects.map(() => 'done'))
    expect(subjects.length).toBeGreaterThan(CLIENTS / 40)
  })
})

test('a provider that hangs is let go as soon as its client has left, and what still waits is never sent', async () => {
  const { front } = attacked
  front.gmail.reset()
  front.gmail.failNext({ kind: 'hang' }, { route: 'messages.get', times: Number.POSITIVE_INFINITY })
  const sockets = await Promise.all(
    Array.from({ length: 3 * UPSTREAM_CONNECTIONS }, () => openSocket(front.port)),
  )
  for (const socket of sockets) socket.write(requests.get(SEED.html.id))
  await expect.poll(() => front.upstreamRequests()).toBe(sockets.length)
  await expect.poll(() => front.gmail.pendingRequests()).toBe(UPSTREAM_CONNECTIONS)
  for (const [client, socket] of sockets.toReversed().entries()) leave(socket, client)
  // far less than the ten seconds that the provider would be given
  await expect.poll(() => front.upstreamRequests(), { timeout: 3000 }).toBe(0)
  await expect.poll(() => front.gmail.pendingRequests(), { timeout: 3000 }).toBe(0)
  expect(front.gmail.requests.length).toBeLessThan(sockets.length)
  front.gmail.reset()
  await attacked.expectServed()
})

test('a client that closes its own direction has left too: it gets a whole answer or none', async () => {
  const socket = await openSocket(attacked.front.port)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => socket.once('end', resolve))
  socket.end(requests.get(SEED.html.id))
  await ended
  expect(() => readAnswers(Buffer.concat(chunks).toString('latin1'))).not.toThrow()
  await expect.poll(() => attacked.front.upstreamRequests()).toBe(0)
})
