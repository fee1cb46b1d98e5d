import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createApprovals } from '../../../server/state/approvals.ts'
import { Authenticator, optionsOf, type Faults } from './authenticator.ts'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { password, signIn, signInByPassword, startConsole, type TestConsole } from './setup.ts'

const minutes = 60_000
let now = Date.now()
let remit: TestConsole

beforeAll(async () => {
  remit = await startConsole({ now: () => now, host: 'localhost' })
})
afterAll(() => remit.close())
beforeEach(async () => {
  await remit.database.db.deleteFrom('sign_in_attempts').execute()
})

let buyers = 0
async function addBuyer(): Promise<{ id: string; email: string; browser: Browser }> {
  const email = `mara${++buyers}@shop.example`
  const { id } = await remit.addBuyer(email)
  return { id, email, browser: await signIn(remit, email) }
}

async function addPasskey(browser: Browser, name = 'My phone'): Promise<Authenticator> {
  const authenticator = new Authenticator(remit.origin)
  const added = await register(browser, authenticator, {}, name)
  expect(added.location).toBe(`${remit.origin}/you?done=passkey`)
  return authenticator
}

async function register(
  browser: Browser,
  authenticator: Authenticator,
  faults: Faults = {},
  name = 'My phone',
): Promise<Page> {
  const page = await browser.get('/you/passkeys/new')
  return browser.post('/you/passkeys', {
    ...fieldsOf(page, '/you/passkeys'),
    name,
    passkey: authenticator.create(optionsOf(page), faults),
  })
}

async function signInWith(
  authenticator: Authenticator,
  faults: Faults = {},
  browser: Browser = new Browser(remit.origin),
): Promise<{ page: Page; browser: Browser }> {
  const start = await browser.get('/sign-in')
  const fields = fieldsOf(start, '/sign-in')
  const passkey = authenticator.get(optionsOf(start), faults)
  return {
    page: await browser.post('/sign-in', { form_token: fields['form_token'] ?? '', passkey }),
    browser,
  }
}

async function sessionsOf(buyerId: string): Promise<number> {
  const { db } = remit.database
  const rows = db.selectFrom('console_sessions').select('id_hash').where('buyer_id', '=', buyerId)
  return (await rows.execute()).length
}

async function passkeysOf(buyerId: string): Promise<{ name: string; counter: number }[]> {
  const { db } = remit.database
  const rows = db.selectFrom('passkeys').select(['name', 'counter'])
  return rows.where('buyer_id', '=', buyerId).execute()
}

test('a passkey signs in without an address or a password, and is listed with its last use', async () => {
  const { id, email, browser } = await addBuyer()
  const authenticator = await addPasskey(browser, 'Mara’s phone')
  expect((await browser.get('/you')).text).toContain('Not used yet')
  const { page, browser: other } = await signInWith(authenticator)
  expect(page.status).toBe(303)
  expect(await sessionsOf(id)).toBe(2)
  const you = await other.get('/you')
  expect(you.text).toContain(email)
  expect(you.text).toContain('Mara’s phone')
  expect(you.text).toContain('Last used')
  expect(remit.events).toContainEqual({
    event: 'sign_in',
    outcome: 'done',
    buyerId: id,
    by: 'passkey',
  })
})

test.each<[string, Faults]>([
  ['another origin', { origin: 'https://evil.example' }],
  ['another site of the same machine', { origin: 'http://localhost:1' }],
  ['another relying party', { rpId: 'evil.example' }],
  ['a challenge that we never gave', { challenge: 'A'.repeat(43) }],
  ['a challenge that is none', { challenge: '' }],
  ['nobody verified', { verified: false }],
  ['a frame on somebody’s page', { crossOrigin: true }],
  [
    'the owner’s name on another key',
    { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
  ],
  ['another owner', { userHandle: Buffer.from('b_other').toString('base64url') }],
  ['a registration in place of a sign-in', { type: 'webauthn.create' }],
])('no session starts by a passkey with %s', async (_what, faults) => {
  const { id, browser } = await addBuyer()
  const authenticator = await addPasskey(browser)
  const { page } = await signInWith(authenticator, faults)
  expect(await sessionsOf(id)).toBe(1)
  expect(page.status).toBe(401)
  expect(page.headers.getSetCookie().join()).not.toContain('remit_session')
  expect((await signInWith(authenticator)).page.status).toBe(303)
})

test('an unknown passkey is answered like one that does not fit', async () => {
  const { browser } = await addBuyer()
  const known = await addPasskey(browser)
  const bare = (page: Page): string =>
    page.text.replaceAll(/(name="form_token"\s+value|data-options)="[^"]*"/gu, '')
  const wrong = await signInWith(known, { verified: false })
  const stranger = new Authenticator(remit.origin)
  const unknown = await signInWith(stranger)
  expect([unknown.page.status, wrong.page.status]).toEqual([401, 401])
  expect(bare(unknown.page)).toBe(bare(wrong.page))
  expect(optionsOf(wrong.page).allowCredentials).toEqual([])
})

test.each(['', '{', '[]', '"x"', JSON.stringify({ id: 'x' }), `{"id":"${'x'.repeat(20_000)}"}`])(
  'rubbish in place of a passkey is a wrong sign-in: %.20s',
  async (passkey) => {
    const browser = new Browser(remit.origin)
    const fields = fieldsOf(await browser.get('/sign-in'), '/sign-in')
    const page = await browser.post('/sign-in', { ...fields, passkey })
    expect(page.status).toBe(401)
  },
)

test('an assertion works once, even if twenty arrive together, and for five minutes', async () => {
  const { id, browser } = await addBuyer()
  const authenticator = await addPasskey(browser)
  const visitor = new Browser(remit.origin)
  const start = await visitor.get('/sign-in')
  const { form_token = '' } = fieldsOf(start, '/sign-in')
  const passkey = authenticator.get(optionsOf(start))
  const cookie = visitor.cookie('remit_visitor') ?? ''
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const one = new Browser(remit.origin)
      one.setCookie('remit_visitor', cookie)
      return one.post('/sign-in', { form_token, passkey })
    }),
  )
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  expect(await sessionsOf(id)).toBe(2)

  await remit.database.db.deleteFrom('sign_in_attempts').execute()
  const slow = new Browser(remit.origin)
  const page = await slow.get('/sign-in')
  const late = authenticator.get(optionsOf(page))
  now += 5 * minutes + 1
  const refused = await slow.post('/sign-in', { ...fieldsOf(page, '/sign-in'), passkey: late })
  expect(refused.status).toBe(401)
  expect(await sessionsOf(id)).toBe(2)
})

test('a challenge is good for the browser that it was given to, and for nothing else there', async () => {
  const { id, browser } = await addBuyer()
  const authenticator = await addPasskey(browser)
  const elsewhere = optionsOf(await new Browser(remit.origin).get('/sign-in'))
  const stolen = await signInWith(authenticator, { challenge: elsewhere.challenge })
  expect(stolen.page.status).toBe(401)
  expect(await sessionsOf(id)).toBe(1)

  const registration = optionsOf(await browser.get('/you/passkeys/new'))
  const { form_token = '' } = fieldsOf(await browser.get('/you'), '/sign-out')
  now += 6 * minutes
  const asked = await browser.post('/you/passkeys/new', { form_token })
  const confused = await browser.post('/you/passkeys/new', {
    form_token,
    confirm_passkey: authenticator.get({ ...optionsOf(asked), challenge: registration.challenge }),
  })
  expect(confused.status).toBe(403)
})

test('whoever opens pages leaves no rows behind', async () => {
  const rows = async (): Promise<number> =>
    (await remit.database.db.selectFrom('passkey_challenges').selectAll().execute()).length
  const before = await rows()
  for (let n = 0; n < 20; n += 1) await new Browser(remit.origin).get('/sign-in')
  expect(await rows()).toBe(before)
})

test('a counter that goes back is refused, and its owner is told', async () => {
  const { id, browser } = await addBuyer()
  const authenticator = await addPasskey(browser, 'Old key')
  expect((await signInWith(authenticator, { counter: 7 })).page.status).toBe(303)
  const before = await sessionsOf(id)
  for (const counter of [7, 6, 0]) {
    const { page } = await signInWith(authenticator, { counter })
    expect(page.status).toBe(401)
    expect(page.text).toContain('somebody else has a copy')
  }
  expect(await sessionsOf(id)).toBe(before)
  expect((await browser.get('/you')).text).toMatch(/A passkey was refused[^<]*<span[^>]*>Old key/u)
  // who only knows its id cannot frighten her
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  await remit.database.db.deleteFrom('security_events').execute()
  await signInWith(authenticator, { counter: 1, key })
  expect((await browser.get('/you')).text).not.toContain('A passkey was refused')
  expect((await signInWith(authenticator, { counter: 8 })).page.status).toBe(303)
})

test('nobody who knows her address, or her passkey’s id, keeps her passkey from working', async () => {
  const { id, browser, email } = await addBuyer()
  const authenticator = await addPasskey(browser)
  for (let n = 0; n < 12; n += 1) await guess(email, `wrong ${n}`)
  for (let n = 0; n < 12; n += 1) await signInWith(authenticator, { verified: false })
  expect((await signInWith(authenticator)).page.status).toBe(303)
  expect(await sessionsOf(id)).toBe(2)
  // it takes no guesses back: the password is as closed as it was
  expect((await signInByPassword(remit, email)).cookie('remit_session')).toBeUndefined()
})

test('an address that tries passkeys without end has to wait', async () => {
  const { id, browser } = await addBuyer()
  const authenticator = await addPasskey(browser)
  for (let n = 0; n < 50; n += 1) await signInWith(authenticator, { verified: false })
  const { page } = await signInWith(authenticator)
  expect(page.status).toBe(429)
  expect(await sessionsOf(id)).toBe(1)
})

async function guess(email: string, wrong: string): Promise<void> {
  const browser = new Browser(remit.origin)
  const fields = fieldsOf(await browser.get('/sign-in'), '/sign-in')
  await browser.post('/sign-in', { ...fields, email, password: wrong })
}

test.each<[string, Faults]>([
  ['another origin', { origin: 'https://evil.example' }],
  ['another relying party', { rpId: 'evil.example' }],
  ['nobody verified', { verified: false }],
  ['a made-up challenge', { challenge: 'B'.repeat(43) }],
  ['a frame on somebody’s page', { crossOrigin: true }],
])('a new passkey with %s is not added', async (_what, faults) => {
  const { id, browser } = await addBuyer()
  const page = await register(browser, new Authenticator(remit.origin), faults)
  expect(await passkeysOf(id)).toEqual([])
  expect(page.status).toBe(422)
})

test('another buyer’s challenge adds nothing, and a passkey belongs to one buyer', async () => {
  const [mara, eve] = [await addBuyer(), await addBuyer()]
  const challenge = optionsOf(await eve.browser.get('/you/passkeys/new')).challenge
  await register(mara.browser, new Authenticator(remit.origin), { challenge })
  expect(await passkeysOf(mara.id)).toEqual([])
  const authenticator = await addPasskey(mara.browser)
  const taken = await register(eve.browser, authenticator)
  expect(taken.text).toContain('here already')
  expect(await passkeysOf(eve.id)).toEqual([])
})

test('adding and removing take a fresh proof; without it nothing changes', async () => {
  const { id, browser } = await addBuyer()
  await addPasskey(browser)
  const you = await browser.get('/you')
  const fresh = await browser.get('/you/passkeys/new')
  now += 4 * minutes
  const made = new Authenticator(remit.origin).create(optionsOf(fresh))
  now += 2 * minutes
  const add = { ...fieldsOf(fresh, '/you/passkeys'), passkey: made }
  const asked = [
    await browser.post('/you/passkeys', add),
    await browser.post('/you/passkeys/new', fieldsOf(you, '/you/passkeys/new')),
    await browser.post('/you/passkeys/remove', fieldsOf(you, '/you/passkeys/remove')),
  ]
  for (const page of asked) expect(page.text).toContain('Is it you?')
  expect(await passkeysOf(id)).toHaveLength(1)
  const confirm = fieldsOf(asked[2] ?? you, '/you/passkeys/remove')
  await browser.post('/you/passkeys/remove', { ...confirm, confirm_password: password })
  expect(await passkeysOf(id)).toEqual([])
})

test('what was signed in elsewhere ends with a passkey, and with the password', async () => {
  const { id, browser, email } = await addBuyer()
  const phone = await addPasskey(browser, 'Lost phone')
  await signInWith(phone)
  expect(await sessionsOf(id)).toBe(2)
  const remove = fieldsOf(await browser.get('/you'), '/you/passkeys/remove')
  await browser.post('/you/passkeys/remove', remove)
  expect(await passkeysOf(id)).toEqual([])
  expect(await sessionsOf(id)).toBe(1)

  await addPasskey(browser, 'One')
  await addPasskey(browser, 'Two')
  await signIn(remit, email)
  const end = fieldsOf(await browser.get('/you'), '/you/password/end')
  await browser.post('/you/password/end', end)
  expect(await sessionsOf(id)).toBe(1)
  expect((await browser.get('/you')).status).toBe(200)
})

test('the last means of signing in cannot be removed, in whatever order it is tried', async () => {
  const { id, browser } = await addBuyer()
  await addPasskey(browser, 'One')
  const end = async (): Promise<Page> =>
    browser.post('/you/password/end', {
      form_token: fieldsOf(await browser.get('/you'), '/sign-out')['form_token'] ?? '',
    })
  expect((await end()).location).toContain('problem=one-passkey')
  const second = await addPasskey(browser, 'Two')
  expect((await end()).location).toContain('done=password-ended')
  expect(
    (await signInByPassword(remit, `mara${buyers}@shop.example`)).cookie('remit_session'),
  ).toBe(undefined)

  const page = await browser.get('/you')
  const forms = [...page.text.matchAll(/name="id" value="(pk_[^"]+)"/gu)].map(([, one = '']) => one)
  const { form_token = '' } = fieldsOf(page, '/sign-out')
  await Promise.all(
    forms.map((one) => browser.post('/you/passkeys/remove', { form_token, id: one })),
  )
  expect(await passkeysOf(id)).toHaveLength(1)
  expect(forms).toHaveLength(2)
  const left = (await passkeysOf(id))[0]?.name
  if (left === 'Two') expect((await signInWith(second)).page.status).toBe(303)
})

test('a passkey proves that it is she: money moves after it, and by nobody else’s', async () => {
  const { id: buyer_id, browser } = await addBuyer()
  const eve = await addBuyer()
  const authenticator = await addPasskey(browser)
  const foreign = await addPasskey(eve.browser)
  const grant = { id: `g_${buyer_id}`, buyer_id, client_id: 'agent-1' }
  await remit.database.db
    .insertInto('grants')
    .values({ ...grant, authorization_details: '[]', payload: '{}' })
    .execute()
  const approval = await createApprovals(remit.database.db).ask({
    grantId: grant.id,
    clientId: 'agent-1',
    provider: 'stripe',
    operation: 'stripe.refunds.create',
    decisionId: 'd_1',
    digest: 'digest',
    card: { title: 'Refund a charge', rows: [] },
  })
  if (approval === 'too_many') throw new Error('too many')
  const action = `/approvals/${approval.id}/approve`
  const fields = fieldsOf(await browser.get('/approvals'), action)
  const status = async (): Promise<string> => {
    const rows = remit.database.db.selectFrom('approvals').select('status')
    return (await rows.where('id', '=', approval.id).executeTakeFirstOrThrow()).status
  }
  now += 6 * minutes
  const asked = await browser.post(action, fields)
  expect(optionsOf(asked).allowCredentials).toMatchObject([{ id: authenticator.credentialId }])
  expect(asked.headers.get('content-security-policy')).toContain('/assets/sign-in-')

  const elsewhere = optionsOf(await new Browser(remit.origin).get('/sign-in'))
  for (const proof of [
    foreign.get(optionsOf(asked)),
    authenticator.get(elsewhere),
    authenticator.get(optionsOf(await browser.post(action, fields)), { verified: false }),
  ]) {
    const page = await browser.post(action, { ...fieldsOf(asked, action), confirm_passkey: proof })
    expect(await status()).toBe('pending')
    expect(page.status).toBe(403)
    expect(page.text).not.toContain('clientDataJSON')
  }
  const again = await browser.post(action, fields)
  await browser.post(action, {
    ...fieldsOf(again, action),
    confirm_passkey: authenticator.get(optionsOf(again)),
  })
  expect(await status()).toBe('approved')
})

test('an agent’s request takes a passkey too, and learns by which means she signed in', async () => {
  const { id, browser } = await addBuyer()
  const authenticator = await addPasskey(browser)
  const agent = await remit.addAgent()
  const visitor = new Browser(remit.origin)
  const details = [{ type: 'gmail', actions: ['messages.read'] }]
  const page = await visitor.follow(await visitor.get(await agent.push(details)))
  expect(page.headers.get('content-security-policy')).toMatch(/script-src [^;]*\/assets\/sign-in-/u)
  const action = /^\/consent\/[^/]+\/login$/u
  const target = /action="(\/consent\/[^"]+\/login)"/u.exec(page.text)?.[1] ?? ''
  const refused = await visitor.post(target, {
    ...fieldsOf(page, action),
    passkey: authenticator.get(optionsOf(page), { verified: false }),
  })
  expect(refused.status).toBe(401)
  const signedIn = await visitor.post(target, {
    ...fieldsOf(refused, action),
    passkey: authenticator.get(optionsOf(refused)),
  })
  expect((await visitor.follow(signedIn)).text).toContain('An agent asks to work in your name')
  const rows = await remit.database.db
    .selectFrom('oidc_payloads')
    .select('payload')
    .where('model', '=', 'Session')
    .where('account_id', '=', id)
    .execute()
  expect(rows.map(({ payload }) => payload['amr'])).toEqual([['hwk', 'user']])
})

test('a passkey’s name is shown as it is and does nothing', async () => {
  const { id, browser } = await addBuyer()
  await addPasskey(browser, '<script>alert(1)</script>\u202Egnp.exe "><b>')
  const page = await browser.get('/you')
  expect(page.text).not.toContain('<script>alert')
  expect(page.text).not.toContain('<b>')
  expect(page.text).not.toContain('\u202E')
  expect((await passkeysOf(id))[0]?.name).toContain('<script>')
})

test('where browsers make no passkeys, no page offers one, and the password works', async () => {
  await using plain = await startConsole()
  await plain.addBuyer('mara@shop.example')
  const browser = await signIn(plain, 'mara@shop.example')
  expect((await new Browser(plain.origin).get('/sign-in')).text).not.toContain('data-passkey')
  const you = await browser.get('/you')
  expect(you.text).toContain('No passkey can be made at this address')
  expect((await browser.get('/you/passkeys/new')).status).toBe(404)
})
