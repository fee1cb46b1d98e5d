import { afterEach, beforeEach, expect, test } from 'vitest'
import { SEED } from '../../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../../support/front.ts'

let front: TestFront

beforeEach(async () => {
  front = await startTestFront()
})
afterEach(() => front.close())

const read = (labels: string[]): string =>
  front.mint([{ type: 'gmail', actions: ['messages.read'], labels }])
const path = (id: string): string => `/gmail/v1/users/me/messages/${id}`
const labelQuestions = (): number =>
  front.gmail.requests.filter(({ route }) => route === 'labels.list').length

test('a grant by a label’s name reads what carries the label, and nothing else', async () => {
  const token = read(['Support'])
  expect((await front.fetch(path(SEED.supportThread.id), token)).status).toBe(200)
  expect((await front.fetch(path(SEED.hidden.id), token)).status).toBe(404)
  const list = (await (await front.fetch('/gmail/v1/users/me/messages', token)).json()) as {
    messages: { id: string }[]
  }
  const ids = list.messages.map(({ id }) => id)
  expect(ids).toContain(SEED.supportThread.id)
  expect(ids).not.toContain(SEED.hidden.id)
})

test('the names are asked for once, and only for a token that needs them', async () => {
  const byId = front.mint([
    {
      type: 'gmail',
      actions: ['messages.read'],
      labels: [SEED.labels.support, 'INBOX'],
      from: { domains: ['riverside-cafe.example'] },
    },
  ])
  await front.fetch(path(SEED.supportThread.id), byId)
  expect(labelQuestions()).toBe(0)
  const token = read(['Support'])
  await Promise.all([1, 2, 3].map(() => front.fetch(path(SEED.supportThread.id), token)))
  expect(labelQuestions()).toBe(1)
})

test('a name that no label has reads nothing', async () => {
  expect((await front.fetch(path(SEED.supportThread.id), read(['support']))).status).toBe(404)
})

test('names that cannot be read refuse the call, and are asked for again', async () => {
  const token = read(['Support'])
  front.gmail.failNext({ kind: 'status', status: 500 }, { route: 'labels.list' })
  expect((await front.fetch(path(SEED.supportThread.id), token)).status).toBe(502)
  expect((await front.fetch(path(SEED.supportThread.id), token)).status).toBe(200)
})
