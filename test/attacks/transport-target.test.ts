import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { rawGet, sendRaw, type RawAnswer } from '../support/raw-http.ts'

let front: TestFront
let authorization: string

beforeAll(async () => {
  front = await startTestFront()
  authorization = `Authorization: Bearer ${front.mint(READ_ALL)}`
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

const messages = '/gmail/v1/users/me/messages'

function get(target: string): Promise<RawAnswer> {
  return sendRaw(front.port, rawGet(target, [authorization]))
}

async function expectRefused(target: string, status: number): Promise<void> {
  const answer = await get(target)
  expect(front.gmail.requests).toEqual([])
  expect({ target, status: answer.status }).toEqual({ target, status })
  expect(JSON.parse(answer.body)).toMatchObject({ error: { code: status } })
}

test('the untouched target is answered, so what is refused below is refused for its own sake', async () => {
  const answer = await get(`${messages}/${SEED.withPdf.id}`)
  expect(front.gmail.requests.map((request) => request.target)).toEqual([
    `${messages}/${SEED.withPdf.id}?format=full`,
  ])
  expect(answer.status).toBe(200)
})

describe('a target that another parser reads as another host is refused', () => {
  test.each([
    '//evil.test/gmail/v1/users/me/messages',
    'http://evil.test/gmail/v1/users/me/messages',
    'https://evil.test/gmail/v1/users/me/profile',
    '/\\evil.test/gmail/v1/users/me/messages',
    '*',
  ])('%s', (target) => expectRefused(target, 400))
})

describe('a path that another parser reads as another path is refused', () => {
  test.each([
    `${messages}/%2e%2e/settings/sendAs`,
    `${messages}/..`,
    `${messages}/.`,
    `${messages}/%2e%2e`,
    `${messages}/m1%2f..%2f..%2fsettings%2fsendAs`,
    `${messages}/m1%5c..`,
    `${messages}/m1;x=1`,
    `${messages}/m1%3Bx=1`,
    `${messages}/m1%3Fformat=raw`,
    `${messages}/m1\\..\\x`,
    `${messages}/m1%23x`,
    `${messages}/m1%00`,
    `${messages}/m1%ff`,
    `${messages}/m1%c0%af`,
    `${messages}/m1%e0%80%af`,
    `${messages}/m1%252e`,
    `${messages}/m1%`,
    `${messages}/m1%zz`,
    `/gmail/./v1/users/me/messages`,
    `${messages}?format=full?format=raw`,
    `${messages}/${'a'.repeat(129)}`,
    `${messages}/m1.x`,
    `${messages}/m1#frag`,
  ])('%s', (target) => expectRefused(target, 400))
})

describe('a path that only a lenient router matches is an unknown operation', () => {
  test.each([
    '/Gmail/v1/users/me/messages',
    '/gmail/V1/users/me/messages',
    '/gmail/v1/users/me/Messages',
    '/gmail/v1/users/me/messages/',
    '/gmail/v1//users/me/messages',
    `${messages}/${SEED.withPdf.id}/`,
    '/gmail/v1/users/me/m%65ssages',
    '/gmail/v1/users/%6de/messages',
    '/',
  ])('%s', (target) => expectRefused(target, 403))
})

describe('a mailbox that is not `me` is refused', () => {
  test.each([
    '/gmail/v1/users/other@acme.test/messages',
    '/gmail/v1/users/other%40acme.test/messages',
    '/gmail/v1/users/dana@northwind-tea.example/messages',
    '/gmail/v1/users/ME/messages',
  ])('%s', (target) => expectRefused(target, 403))
})

describe('a query that can be read in two ways is refused', () => {
  test.each([
    `${messages}/${SEED.withPdf.id}?format=raw&format=full`,
    `${messages}?maxResults=1&maxResults=500`,
    `${messages}?q=a&q=b`,
    `${messages}?unknown=1`,
    `${messages}?__proto__=1`,
    `${messages}?q=%ff`,
    `${messages}?q=a%00b`,
    `${messages}?q=a%0d%0aX:%20y`,
    `${messages}?maxResults=1e2`,
    `${messages}?maxResults=0`,
    `${messages}?maxResults=-1`,
    `${messages}/${SEED.withPdf.id}?alt=media`,
    `${messages}/${SEED.withPdf.id}?alt=proto`,
    `${messages}/${SEED.withPdf.id}?callback=x`,
    `${messages}/${SEED.withPdf.id}?upload_protocol=raw`,
    `${messages}/${SEED.withPdf.id}?q=a`,
    `${messages}/${SEED.withPdf.id}?format=everything`,
  ])('%s', (target) => expectRefused(target, 400))
})

test('a target longer than any of ours is refused', async () => {
  await expectRefused(`${messages}?q=${'a'.repeat(8200)}`, 400)
})
