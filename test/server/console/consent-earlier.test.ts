import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pauseGrant } from '../../../server/state/pause.ts'
import { fieldsOf, type Browser, type Page } from './browser.ts'
import { password, signIn, startConsole, type TestAgent, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const reading = { type: 'gmail', actions: ['messages.read'], from: { domains: ['shop.example'] } }
const replying = { type: 'gmail', actions: ['messages.reply'], from: { domains: ['shop.example'] } }

let remit: TestConsole
let agent: TestAgent
let hers: Browser
let buyer: { id: string; connectionId: string }

beforeAll(async () => {
  remit = await startConsole()
  buyer = await remit.addBuyer(mara)
  hers = await signIn(remit, mara)
})
afterAll(() => remit.close())
beforeEach(async () => {
  agent = await remit.addAgent()
})

async function open(details: unknown, browser = hers): Promise<Page> {
  const page = await browser.follow(await browser.get(await agent.push(details)))
  expect(page.text).toContain('An agent asks to work in your name')
  return page
}

const urlOf = (page: Page, step: string): string =>
  `${new URL(page.url).pathname.replace(/\/(?:confirm|preset)$/u, '')}/${step}`

async function confirm(page: Page, changes: Record<string, string> = {}): Promise<Page> {
  const fields = { ...fieldsOf(page, /\/confirm$/u), ...changes }
  return hers.follow(await hers.post(urlOf(page, 'confirm'), fields))
}

async function allow(details: unknown): Promise<string> {
  const answer = await confirm(await open(details))
  expect(answer.location).toContain('code=')
  return (await live()).at(-1) ?? ''
}

/** of this agent, oldest first */
async function live(): Promise<string[]> {
  const rows = await remit.database.db
    .selectFrom('grants')
    .select('id')
    .where('client_id', '=', agent.clientId)
    .where('revoked_at', 'is', null)
    .orderBy('created_at')
    .execute()
  return rows.map(({ id }) => id)
}

const marksOn = (page: Page): string[] =>
  [...page.text.matchAll(/<span class="mark \w+">([^<]*)</gu)].map(([, mark = '']) => mark)

describe('the same agent again', () => {
  test('the first time, nothing is marked and nothing can be ended', async () => {
    const page = await open([reading])
    expect(marksOn(page)).toEqual([])
    expect(page.text).not.toContain('end_earlier')
  })

  test('what is new stands first, what is as before is folded and still part of the form', async () => {
    await allow([reading])
    const page = await open([reading, replying])
    expect(marksOn(page)).toEqual(['New', 'As before'])
    expect(page.text).toContain('<details class="known" >')
    expect(page.text).toContain('As before: Read mail')
    const fields = fieldsOf(page, /\/confirm$/u)
    expect(fields).toMatchObject({ 'row-0-read': 'on', 'row-1-reply': 'on' })
  })

  test('what was allowed with an account that is disconnected since is new for any other', async () => {
    const id = await allow([reading])
    await remit.database.db
      .updateTable('grants')
      .set({ connections: JSON.stringify({ gmail: 'conn_gone' }) })
      .where('id', '=', id)
      .execute()
    expect(marksOn(await open([reading]))).toEqual(['New'])
  })

  test('what goes further says what was allowed until now', async () => {
    await allow([reading])
    const page = await open([{ ...reading, from: undefined }])
    expect(marksOn(page)).toEqual(['Goes further than before'])
    expect(page.text).toMatch(
      /Until now you allowed:[^§]*Read e-mail from anyone at shop\.example/u,
    )
    expect(page.text).toContain('it is more than you allowed')
  })

  test('another agent of hers, another buyer’s grants and grants that are over count for nothing', async () => {
    await allow([reading])
    const first = agent
    agent = await remit.addAgent()
    expect(marksOn(await open([reading]))).toEqual([])
    agent = first
    await remit.database.db
      .updateTable('grants')
      .set({ expires_at: new Date(Date.now() - 1_000) })
      .where('client_id', '=', agent.clientId)
      .execute()
    expect(marksOn(await open([reading]))).toEqual([])
  })

  test('the account that was chosen then is chosen again', async () => {
    await remit.database.db
      .insertInto('connections')
      .values({
        id: 'c_a',
        buyer_id: buyer.id,
        provider: 'gmail',
        account: 'zz@x.example',
        sealed: 'x',
      })
      .execute()
    const answer = await confirm(await open([reading]), { connection: 'c_a' })
    expect(answer.location).toContain('code=')
    expect(fieldsOf(await open([reading]), /\/confirm$/u)['connection']).toBe('c_a')
    await remit.database.db.deleteFrom('connections').where('id', '=', 'c_a').execute()
  })
})

describe('the earlier grant', () => {
  test('ends once the new one stands, which is ticked when nothing is lost by it', async () => {
    const before = await allow([reading])
    const page = await open([reading, replying])
    expect(fieldsOf(page, /\/confirm$/u)).toMatchObject({ end_earlier: 'on', earlier: before })
    const after = await allow([reading, replying])
    expect(await live()).toEqual([after])
    expect(after).not.toBe(before)
    expect(remit.events).toContainEqual({ event: 'grant_revoked', grantId: before, tokens: 0 })
  })

  test('goes on beside the new one when she says so', async () => {
    const before = await allow([reading])
    const page = await open([reading, replying])
    const fields = fieldsOf(page, /\/confirm$/u)
    delete fields['end_earlier']
    await hers.follow(await hers.post(urlOf(page, 'confirm'), fields))
    expect(await live()).toHaveLength(2)
    expect(await live()).toContain(before)
  })

  test('is not ticked to end when the agent would lose something, or when it is paused', async () => {
    const before = await allow([reading, replying])
    expect(fieldsOf(await open([reading]), /\/confirm$/u)['end_earlier']).toBeUndefined()
    await pauseGrant(remit.database.db, before, 'buyer')
    const page = await open([reading, replying])
    expect(fieldsOf(page, /\/confirm$/u)['end_earlier']).toBeUndefined()
    expect(page.text).toContain('does not resume what you paused')
    expect(marksOn(page)).toEqual(['New', 'New'])
  })

  test('stays when the choice cannot stand', async () => {
    const before = await allow([reading])
    const again = await confirm(await open([reading]), { expires_on: 'never' })
    expect(again.status).toBe(422)
    expect(await live()).toEqual([before])
    expect(fieldsOf(again, /\/confirm$/u)['end_earlier']).toBe('on')
  })

  test('is her own, of this agent, and was on the page: no other id in the form ends anything', async () => {
    const first = agent
    const foreign = await allow([reading])
    agent = await remit.addAgent()
    const answer = await confirm(await open([reading]), {
      end_earlier: 'on',
      earlier: `${foreign} ' g_nothing`,
    })
    expect(answer.location).toContain('code=')
    agent = first
    expect(await live()).toEqual([foreign])
  })

  test('two confirmations at once end what was before, and neither ends the other', async () => {
    const before = await allow([reading])
    const page = await open([reading, replying])
    const fields = fieldsOf(page, /\/confirm$/u)
    const url = urlOf(page, 'confirm')
    const answers = await Promise.all([hers.post(url, fields), hers.post(url, fields)])
    expect(answers.map(({ status }) => status)).toContain(303)
    const left = await live()
    expect(left).not.toContain(before)
    expect(left.length).toBeGreaterThan(0)
    const made = remit.events.flatMap((one) =>
      one.event === 'consent' && one.clientId === agent.clientId ? [one.grantId ?? ''] : [],
    )
    const revoked = remit.events.flatMap((one) =>
      one.event === 'grant_revoked' ? [one.grantId] : [],
    )
    expect(made.filter((id) => id !== before && revoked.includes(id))).toEqual([])
  })
})

test('what is good for more than the agent’s own key now is said to go further', async () => {
  expect((await open([reading])).text).not.toContain('this goes further')
  const bound = await confirm(await open([reading]), { own_key: 'on' })
  expect(bound.location).toContain('code=')
  const page = await open([reading])
  expect(page.text).toContain('is good with its own key only: not ticked, this goes further')
  // and a program that only says it is that agent is spoken of
  expect(page.text).toContain('Any program on your own device can say that it is this agent.')
})

test('after a while nothing is allowed until she proves again who sits there', async () => {
  await remit.database.db
    .updateTable('console_sessions')
    .set({ verified_at: new Date(Date.now() - 3_600_000) })
    .execute()
  const page = await open([reading, replying])
  const asked = await confirm(page, { 'row-0-read.days': '3' })
  expect(await live()).toEqual([])
  expect(asked.text).toContain('Is it you?')
  const proof = { ...fieldsOf(asked, /\/confirm$/u), confirm_password: password }
  const wrong = { ...proof, confirm_password: 'not it' }
  expect((await hers.post(urlOf(asked, 'confirm'), wrong)).status).toBe(403)
  expect(await live()).toEqual([])
  const answer = await hers.follow(await hers.post(urlOf(asked, 'confirm'), proof))
  expect(answer.location).toContain('code=')
  const { authorization_details: details } = await remit.database.db
    .selectFrom('grants')
    .select('authorization_details')
    .where('client_id', '=', agent.clientId)
    .executeTakeFirstOrThrow()
  expect(details).toContainEqual(
    expect.objectContaining({ actions: ['messages.read'], newer_than_days: 3 }),
  )
})

describe('a preset', () => {
  test('shows what it did and grants nothing; what it left is then allowed', async () => {
    const page = await open([reading, { type: 'gmail', actions: ['messages.trash'] }])
    expect(page.text).toContain('value="read-only"')
    const fields = {
      ...fieldsOf(page, /\/confirm$/u),
      expires_on: '2020-01-01',
      preset: 'read-only',
    }
    const shown = await hers.post(urlOf(page, 'preset'), fields)
    expect(await live()).toEqual([])
    expect(shown.status).toBe(200)
    expect(shown.text).toMatch(/role="status"[^§]*Set for <strong>Read-only/u)
    const entered = fieldsOf(shown, /\/confirm$/u)
    expect(entered['row-0-read']).toBe('on')
    expect(entered['row-1-trash']).toBeUndefined()
    // what has nothing to do with the rows is not lost
    expect(entered['expires_on']).toBe('2020-01-01')
    const answer = await hers.follow(
      await hers.post(urlOf(shown, 'confirm'), { ...entered, expires_on: '' }),
    )
    expect(answer.location).toContain('code=')
    const details = await remit.database.db
      .selectFrom('grants')
      .select('authorization_details')
      .where('client_id', '=', agent.clientId)
      .executeTakeFirstOrThrow()
    expect(details.authorization_details).toMatchObject([{ actions: ['messages.read'] }])
  })

  test('that does not exist, or without the form’s token, does nothing', async () => {
    const page = await open([reading])
    const fields = fieldsOf(page, /\/confirm$/u)
    const unknown = await hers.post(urlOf(page, 'preset'), { ...fields, preset: 'admin' })
    expect(unknown.status).toBe(404)
    const forged = await hers.post(urlOf(page, 'preset'), { preset: 'read-only' })
    expect(forged.status).toBe(403)
    expect(await live()).toEqual([])
  })

  test('of another role can follow: it starts from the request again', async () => {
    const page = await open([reading, replying])
    const fields = fieldsOf(page, /\/confirm$/u)
    const first = await hers.post(urlOf(page, 'preset'), { ...fields, preset: 'read-only' })
    const entered = fieldsOf(first, /\/confirm$/u)
    expect(entered['row-1-reply']).toBeUndefined()
    const second = await hers.post(urlOf(first, 'preset'), { ...entered, preset: 'sales' })
    const now = fieldsOf(second, /\/confirm$/u)
    expect(now).toMatchObject({ 'row-1-reply': 'on', 'row-1-reply.ask': 'on' })
    expect(second.text).toContain('As you have it now:')
    expect(second.text).toContain('asking you first each time')
  })
})

describe('who asks', () => {
  test('an agent that registered itself: nobody has checked', async () => {
    const page = await open([reading])
    expect(page.text).toMatch(/It registered itself\. Nobody has checked who is behind it/u)
    expect(page.text).toMatch(/Who is behind it<\/dt>\s*<dd>Not known/u)
  })

  test.each([
    ['herself', true, 'You registered it yourself'],
    ['somebody else here', false, 'Somebody with an account here registered it'],
  ])('one that was registered by %s', async (_, isOwn, words) => {
    const other = isOwn ? buyer : await remit.addBuyer('eve@shop.example')
    await remit.database.db
      .insertInto('registered_clients')
      .values({ client_id: agent.clientId, buyer_id: other.id })
      .execute()
    expect((await open([reading])).text).toContain(words)
  })

  test('no picture of the agent’s is ever on the page', async () => {
    agent = await remit.addAgent({ logo_uri: 'https://evil.example/google.png' })
    const page = await open([reading])
    expect(page.text).not.toContain('evil.example')
    expect(page.text.match(/<img/gu)).toHaveLength(1)
  })
})
