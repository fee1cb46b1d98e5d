import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { Browser, fieldsOf } from './browser.ts'
import { addRecord } from './activity-records.ts'
import { password, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
let remit: TestConsole
let buyer: { id: string }
let other: { id: string }

beforeAll(async () => {
  remit = await startConsole()
  buyer = await remit.addBuyer(mara)
  other = await remit.addBuyer('eve@shop.example')
})
afterAll(() => remit.close())
beforeEach(async () => {
  await remit.database.db.deleteFrom('records').execute()
})

async function signIn(): Promise<Browser> {
  const browser = new Browser(remit.origin)
  const page = await browser.get('/sign-in')
  await browser.post('/sign-in', { ...fieldsOf(page, '/sign-in'), email: mara, password })
  return browser
}

interface Listening {
  readonly status: number
  /** ids of the lines so far, in the order in which they came */
  readonly ids: () => string[]
  readonly text: () => string
  readonly hasEnded: () => boolean
  readonly close: () => void
}

async function listen(browser: Browser, query = ''): Promise<Listening> {
  const hangUp = new AbortController()
  const cookie = `remit_session=${browser.cookie('remit_session') ?? ''}`
  const response = await fetch(`${remit.origin}/activity/events${query}`, {
    headers: { cookie },
    signal: hangUp.signal,
  })
  let [text, ended] = ['', false]
  const reading = async (): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array)
    ended = true
  }
  void reading().catch(() => void (ended = true))
  return {
    status: response.status,
    ids: () => [...text.matchAll(/^id: (.*)$/gmu)].map(([, id = '']) => id),
    text: () => text,
    hasEnded: () => ended,
    close: () => hangUp.abort(),
  }
}

const add = (id: string, more: object = {}): Promise<void> =>
  addRecord(remit.database, { id, grantId: 'g_1', buyerId: buyer.id, ...more })

it('tells what is new since the page, what changed, and nothing of anybody else', async () => {
  await add('d_shown', { at: new Date(Date.now() - 5_000) })
  await add('d_between')
  const live = await listen(await signIn(), '?after=d_shown')
  await expect.poll(live.ids, { timeout: 15_000 }).toEqual(['d_between'])
  await add('d_eve', { grantId: 'g_eve', buyerId: other.id })
  await add('d_open', { decision: 'undecided', outcome: 'pending' })
  await expect.poll(live.ids, { timeout: 15_000 }).toEqual(['d_between', 'd_open'])
  await remit.database.db
    .updateTable('records')
    .set({ decision: 'allow', outcome: 'done' })
    .where('id', '=', 'd_open')
    .execute()
  await expect.poll(live.ids, { timeout: 15_000 }).toEqual(['d_between', 'd_open', 'd_open'])
  live.close()
})

it('keeps to the filter, and no text of an agent ends an event and begins another', async () => {
  const live = await listen(await signIn(), '?result=refused')
  await add('d_allowed')
  const subject = 'x\n\nevent: line\nid: forged\ndata: <li id="call-forged"></li>\n\n'
  await add('d_refused', {
    decision: 'deny',
    explanation: subject,
    clientId: '<script>alert(1)</script>',
    facts: { message: { subject } },
  })
  await expect.poll(live.ids, { timeout: 15_000 }).toEqual(['d_refused'])
  expect(live.text()).not.toMatch(/^(?!event: line$|id: d_refused$|data: |:|$).+/mu)
  expect(live.text()).not.toContain('<script>')
  live.close()
})

it('ends when she signs out', async () => {
  const browser = await signIn()
  const live = await listen(browser)
  expect(live.status).toBe(200)
  const page = await browser.get('/activity')
  await browser.post('/sign-out', fieldsOf(page, '/sign-out'))
  await expect.poll(live.hasEnded, { timeout: 15_000 }).toBe(true)
  await add('d_later')
  await sleep(50)
  expect(live.ids()).toEqual([])
})

it('a buyer has four of them at a time, and one that hangs up makes place', async () => {
  const browser = await signIn()
  const four = await Promise.all([1, 2, 3, 4].map(() => listen(browser)))
  expect(four.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect((await listen(browser)).status).toBe(429)
  four[0]?.close()
  await expect
    .poll(
      async () => {
        const live = await listen(browser)
        live.close()
        return live.status
      },
      { timeout: 15_000 },
    )
    .toBe(200)
  for (const live of four) live.close()
})
