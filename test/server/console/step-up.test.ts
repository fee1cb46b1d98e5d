import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ProviderType } from '../../../capabilities/index.ts'
import { createApprovals } from '../../../server/state/approvals.ts'
import { Browser, fieldsOf } from './browser.ts'
import { password, signIn, signInByPassword, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const minutes = 60_000
let now = Date.now()
let remit: TestConsole
let browser: Browser

beforeAll(async () => {
  remit = await startConsole({ now: () => now })
  const { id: buyer_id } = await remit.addBuyer(mara)
  const grant = { id: 'g_mara', buyer_id, client_id: 'agent-1' }
  await remit.database.db
    .insertInto('grants')
    .values({ ...grant, authorization_details: '[]', payload: '{}' })
    .execute()
})
afterAll(() => remit.close())

beforeEach(async () => {
  await remit.database.db.deleteFrom('sign_in_attempts').execute()
  browser = await signIn(remit, mara)
})

let asked = 0
async function ask(provider: ProviderType): Promise<string> {
  const approval = await createApprovals(remit.database.db).ask({
    grantId: 'g_mara',
    clientId: 'agent-1',
    provider,
    operation: 'stripe.refunds.create',
    decisionId: 'd_1',
    digest: `digest ${++asked}`,
    card: { title: 'Refund a charge', rows: [] },
  })
  if (approval === 'too_many') throw new Error('too many')
  return approval.id
}

async function statusOf(id: string): Promise<string> {
  const row = await remit.database.db
    .selectFrom('approvals')
    .select('status')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.status
}

test('money is approved at once while the sign-in is fresh', async () => {
  const id = await ask('stripe')
  const action = `/approvals/${id}/approve`
  await browser.post(action, fieldsOf(await browser.get('/approvals'), action))
  expect(await statusOf(id)).toBe('approved')
})

test('later it takes the password again, and nothing happens without', async () => {
  const id = await ask('stripe')
  const action = `/approvals/${id}/approve`
  const fields = fieldsOf(await browser.get('/approvals'), action)
  now += 6 * minutes
  const asked = await browser.post(action, fields)
  expect(await statusOf(id)).toBe('pending')
  expect(asked.text).toContain('Is it you?')
  const confirm = fieldsOf(asked, action)
  const wrong = await browser.post(action, { ...confirm, confirm_password: 'not the password' })
  expect(await statusOf(id)).toBe('pending')
  expect(wrong.status).toBe(403)
  expect(wrong.text).not.toContain('not the password')
  await browser.post(action, { ...fieldsOf(wrong, action), confirm_password: password })
  expect(await statusOf(id)).toBe('approved')
})

test('what moves no money, and every no, takes no password', async () => {
  const mail = await ask('gmail')
  const money = await ask('stripe')
  const page = await browser.get('/approvals')
  now += 6 * minutes
  await browser.post(`/approvals/${mail}/approve`, fieldsOf(page, `/approvals/${mail}/approve`))
  await browser.post(`/approvals/${money}/deny`, fieldsOf(page, `/approvals/${money}/deny`))
  expect(await statusOf(mail)).toBe('approved')
  expect(await statusOf(money)).toBe('denied')
})

test('the proof is counted like an attempt to sign in', async () => {
  const id = await ask('stripe')
  const action = `/approvals/${id}/approve`
  const fields = fieldsOf(await browser.get('/approvals'), action)
  now += 6 * minutes
  for (let n = 0; n < 12; n += 1) {
    await browser.post(action, { ...fields, confirm_password: `wrong ${n}` })
  }
  const blocked = await browser.post(action, { ...fields, confirm_password: password })
  expect(await statusOf(id)).toBe('pending')
  expect(blocked.text).toContain('Too many attempts')
  now += 16 * minutes
  await browser.post(action, { ...fields, confirm_password: password })
  expect(await statusOf(id)).toBe('approved')
})

test('a stranger who guesses at her password does not keep her from confirming, nor a thief here from signing in', async () => {
  const id = await ask('stripe')
  const action = `/approvals/${id}/approve`
  const fields = fieldsOf(await browser.get('/approvals'), action)
  const thief = await signIn(remit, mara)
  const stolen = fieldsOf(await thief.get('/approvals'), action)
  now += 6 * minutes
  for (let n = 0; n < 12; n += 1) {
    await thief.post(action, { ...stolen, confirm_password: `wrong ${n}` })
  }
  expect((await signInByPassword(remit, mara)).cookie('remit_session')).toBeDefined()
  const stranger = new Browser(remit.origin)
  for (let n = 0; n < 12; n += 1) {
    const page = await stranger.get('/sign-in')
    const guess = { ...fieldsOf(page, '/sign-in'), email: mara, password: `wrong ${n}` }
    await stranger.post('/sign-in', guess)
  }
  await browser.post(action, { ...fields, confirm_password: password })
  expect(await statusOf(id)).toBe('approved')
})

test('what was stopped starts again by her alone; stopping takes no password', async () => {
  const act = (verb: string): string => `/grants/g_mara/${verb}`
  const isPaused = async (): Promise<boolean> => {
    const grants = remit.database.db.selectFrom('grants').select('paused_at')
    return (await grants.where('id', '=', 'g_mara').executeTakeFirstOrThrow()).paused_at !== null
  }
  now += 6 * minutes
  await browser.post(act('pause'), fieldsOf(await browser.get('/grants'), act('pause')))
  expect(await isPaused()).toBe(true)
  const fields = fieldsOf(await browser.get('/grants'), act('resume'))
  const asked = await browser.post(act('resume'), fields)
  expect(await isPaused()).toBe(true)
  expect(asked.text).toContain('Is it you?')
  const confirm = fieldsOf(asked, act('resume'))
  await browser.post(act('resume'), { ...confirm, confirm_password: password })
  expect(await isPaused()).toBe(false)
})
