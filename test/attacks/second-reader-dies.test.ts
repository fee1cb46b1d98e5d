import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { attenuate, SecondReader } from '../../capabilities/index.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

/** the threads of this process, as Node itself reports them when they start */
const threads: Worker[] = []
const note = (worker: Worker): number => threads.push(worker)

let reader: SecondReader
let front: TestFront
const message = `/gmail/v1/users/me/messages/${SEED.withPdf.id}`
const SEND = [
  {
    type: 'gmail',
    actions: ['messages.send'],
    recipients: { domains: ['riverside-cafe.example'] },
  },
]

beforeAll(async () => {
  process.on('worker', note)
  reader = await SecondReader.start()
  front = await startTestFront({ secondOpinion: reader })
})
beforeEach(() => front.gmail.reset())
afterAll(async () => {
  process.off('worker', note)
  await front.close()
  await reader.close()
})

/** ends whichever thread is asked next, with the request inside */
function killAtNextQuestion(): { readonly killed: () => number } {
  let killed = 0
  const armed = threads.map((thread) => ({ thread, post: thread.postMessage.bind(thread) }))
  for (const { thread } of armed) {
    // it never gets to read the question: a quick thread would have answered before its end
    thread.postMessage = () => {
      for (const one of armed) one.thread.postMessage = one.post
      killed++
      void thread.terminate()
    }
  }
  return { killed: () => killed }
}

function send(token: string): Promise<Response> {
  const lines = ['To: alice@riverside-cafe.example', 'Subject: hello', '', 'hello', '']
  return front.fetch('/gmail/v1/users/me/messages/send', token, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ raw: Buffer.from(lines.join('\r\n')).toString('base64url') }),
  })
}

test('a thread that dies over the signatures of one token fails that request, and no other', async () => {
  const { killed } = killAtNextQuestion()
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => front.fetch(message, front.mint(READ_ALL))),
  )
  expect(killed()).toBe(1)
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    ...Array<number>(7).fill(200),
    503,
  ])
  const refused = front.ports.record.calls.filter(({ outcome }) => outcome?.outcome === 'refused')
  expect(refused.map(({ entry }) => entry.reason)).toEqual(['second_reader_unavailable'])
})

test('a thread that dies over a mail keeps that mail in, and sends the others', async () => {
  const token = front.mint(SEND)
  expect((await send(token)).status).toBe(200)
  const { killed } = killAtNextQuestion()
  const answers = await Promise.all(Array.from({ length: 4 }, async () => send(token)))
  expect(killed()).toBe(1)
  expect(front.gmail.sent).toHaveLength(1 + 3)
  expect(answers.filter(({ status }) => status === 503)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
})

test('the next request finds the spare, and the spare after it', async () => {
  const token = front.mint(READ_ALL)
  for (const threadId of ['t1', 't2', 't3']) {
    killAtNextQuestion()
    const narrower = attenuate(token, [
      { type: 'gmail', actions: ['messages.read'], threads: [threadId, SEED.withPdf.threadId] },
    ])
    expect((await front.fetch(message, narrower)).status).toBe(503)
    expect((await front.fetch(message, narrower)).status).toBe(200)
  }
})
