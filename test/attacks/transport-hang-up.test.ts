import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront
let token: string
const message = `/gmail/v1/users/me/messages/${SEED.withPdf.id}`

beforeAll(async () => {
  front = await startTestFront({ front: { upstreamLimits: { connections: 4 } } })
  token = front.mint(READ_ALL)
})
afterAll(() => front.close())

/** sends so much of a request, waits, and resets the connection */
async function hangUp(bytes: string, afterMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(front.port, '127.0.0.1', () => {
      socket.write(bytes)
      setTimeout(() => {
        socket.resetAndDestroy()
        resolve()
      }, afterMs)
    })
    socket.on('error', () => resolve())
  })
}

async function expectQuiet(): Promise<void> {
  const until = Date.now() + 3000
  while (front.upstreamRequests() > 0 && Date.now() < until) await delay(10)
  expect(front.upstreamRequests()).toBe(0)
  const answer = await front.fetch(message, token, { signal: AbortSignal.timeout(5000) })
  expect(answer.status).toBe(200)
}

function request(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: front\r\nAuthorization: Bearer ${token}\r\n\r\n`
}

test('clients that leave before, during and after the answer leave nothing behind', async () => {
  const whole = request(message)
  const stages: [string, number][] = [
    [whole.slice(0, 40), 0],
    [whole.slice(0, -2), 1],
    [whole, 0],
    [whole, 1],
    [whole, 3],
    [request('/gmail/v1/users/me/messages?maxResults=50'), 5],
    [request('/gmail/v1/users/me/threads?maxResults=20'), 8],
    [whole + whole + whole, 1],
  ]
  for (let round = 0; round < 8; round++) {
    await Promise.all(stages.flatMap(([bytes, after]) => [0, 1, 2].map(() => hangUp(bytes, after))))
  }
  await expectQuiet()
  expect(front.ports.events).toEqual([])
})

test('clients that leave while the provider hangs free its connections', async () => {
  for (let index = 0; index < 12; index++) front.gmail.failNext({ kind: 'hang' })
  await Promise.all(Array.from({ length: 12 }, () => hangUp(request(message), 60)))
  // those that waited for a connection and never went upstream leave their failures behind
  front.gmail.reset()
  await expectQuiet()
})

test('clients that leave in the middle of a body leave nothing behind', async () => {
  const head =
    `POST /gmail/v1/users/me/messages/send HTTP/1.1\r\nHost: front\r\nAuthorization: Bearer ${front.mint(
      [{ type: 'gmail', actions: ['messages.send'], recipients: { domains: ['a.example'] } }],
    )}\r\n` + 'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"raw":"'
  await Promise.all(Array.from({ length: 12 }, (_, index) => hangUp(head, index)))
  await expectQuiet()
  expect(front.gmail.sent).toEqual([])
})
