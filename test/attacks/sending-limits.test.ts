import { gmail, type gmail_v1 } from '@googleapis/gmail'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attenuate } from '../../capabilities/index.ts'
import { gmailAuth } from '../../sdk/gmail.ts'
import { frontAccess, toDenial } from '../../sdk/index.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { createBudgets } from '../../server/state/budgets.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { openTestDatabase } from '../support/database.ts'
import { startTestFront, type TestFront } from '../support/front.ts'

// Two fronts that share a public origin, a root key and a database, as two replicas do; each has a stand-in for Gmail of its own.
let database: OpenDatabase
let replicas: readonly [TestFront, TestFront]
let clock: number
let grants = 0

const TEN_O_CLOCK = Date.UTC(2026, 10, 24, 10)
const ALICE = SEED.supportThread.customer
const CAFE = 'riverside-cafe.example'

beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(async () => database.close())

beforeEach(async () => {
  clock = TEN_O_CLOCK
  const now = (): number => clock
  const first = await startTestFront({
    now,
    ports: () => ({ budgets: createBudgets(database.db) }),
  })
  const second = await startTestFront({
    now,
    ports: () => ({ budgets: createBudgets(database.db), rootKeys: first.ports.rootKeys }),
    front: { resource: first.url },
  })
  replicas = [first, second]
  grants++
})
afterEach(async () => {
  for (const replica of replicas) await replica.close()
})

const sendTo = (limits: readonly object[], more: object = {}): object => ({
  type: 'gmail',
  actions: ['messages.send'],
  recipients: { domains: [CAFE] },
  limits,
  ...more,
})

/** a token of this test's own grant */
function mint(...details: object[]): string {
  const expiresAt = TEN_O_CLOCK / 1000 + 7 * 86_400
  return replicas[0].mint(details, { grantId: `g_limits_${grants}`, expiresAt })
}

function mailbox(token: string, front = replicas[0]): gmail_v1.Gmail {
  return gmail({ version: 'v1', auth: gmailAuth(frontAccess({ front: front.url, token })) })
}

/** `sent`, or the words of the front's denial, or the status of another refusal */
async function send(
  token: string,
  { to = [ALICE], front = replicas[0], threadId }: SendOptions = {},
): Promise<string> {
  const lines = [`To: ${to.join(', ')}`, 'Subject: hello', 'Content-Type: text/plain', '', 'hello']
  const raw = Buffer.from(lines.join('\r\n')).toString('base64url')
  const requestBody = { raw, ...(threadId !== undefined && { threadId }) }
  return outcomeOf(
    mailbox(token, front).users.messages.send({ userId: 'me', requestBody }, { retry: false }),
    'sent',
  )
}

interface SendOptions {
  readonly to?: readonly string[]
  readonly front?: TestFront
  readonly threadId?: string
}

async function outcomeOf(call: Promise<unknown>, success: string): Promise<string> {
  try {
    await call
    return success
  } catch (error) {
    const denial = toDenial(error)
    if (denial) return `${denial.constraint}: ${denial.refused}`
    return String((error as { status?: number }).status)
  }
}

function received(): number {
  return replicas.reduce((sum, { gmail: standIn }) => sum + standIn.sent.length, 0)
}

async function times<T>(count: number, one: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, async (_, index) => one(index)))
}

describe('sends per hour', () => {
  test('the 41st in an hour is refused, and the first of the next is not', async () => {
    const token = mint(sendTo([{ per: 'hour', calls: 40 }]))
    for (let sent = 0; sent < 40; sent++) expect(await send(token)).toBe('sent')
    const answer = await send(token)
    expect(received()).toBe(40)
    expect(answer).toBe(
      'limits.calls: 40 of 40 new e-mails this hour are used; free again from 24 November 2026, 11:00 UTC',
    )
    clock += 3_599_999
    await send(token)
    expect(received()).toBe(40)
    clock += 1
    expect(await send(token)).toBe('sent')
  })

  test('40 at once against 10 are exactly 10, over two replicas', async () => {
    const token = mint(sendTo([{ per: 'hour', calls: 10 }]))
    const answers = await times(40, async (index) =>
      send(token, { front: replicas[index % 2 ? 1 : 0] }),
    )
    expect(received()).toBe(10)
    expect(answers.filter((answer) => answer === 'sent')).toHaveLength(10)
    expect(answers.filter((answer) => answer.startsWith('limits.calls: 10 of 10'))).toHaveLength(30)
  })

  test('the same mail into many threads counts each time', async () => {
    const token = mint({
      type: 'gmail',
      actions: ['messages.reply'],
      recipients: { participants: true, domains: [CAFE] },
      limits: [{ per: 'hour', calls: 2 }],
    })
    const threads = [SEED.supportThread, SEED.withPdf, SEED.html, SEED.nonAscii]
    const answers = []
    for (const { threadId } of threads) answers.push(await send(token, { threadId }))
    expect(received()).toBe(2)
    expect(
      answers.slice(2).every((answer) => answer.startsWith('limits.calls: 2 of 2 replies')),
    ).toBe(true)
  })

  test('replies and new mail of one entry are one count', async () => {
    const entry = sendTo([{ per: 'hour', calls: 1 }], {
      actions: ['messages.reply', 'messages.send'],
    })
    const token = mint(entry)
    expect(await send(token, { threadId: SEED.supportThread.threadId })).toBe('sent')
    expect(await send(token)).toContain('1 of 1 e-mail this hour is used')
    expect(received()).toBe(1)
  })
})

describe('nothing resets a count', () => {
  test('no refreshed token of the grant, and no other replica', async () => {
    const entry = sendTo([{ per: 'day', calls: 2 }])
    expect(await send(mint(entry))).toBe('sent')
    expect(await send(mint(entry), { front: replicas[1] })).toBe('sent')
    expect(await send(mint(entry))).toContain('2 of 2')
    // as an exchange would mint it
    expect(await send(mint(sendTo([{ per: 'day', calls: 1 }])))).toContain('limits.calls')
    expect(received()).toBe(2)
  })

  test('no attenuated token: siblings share what their parent has, besides what each was given', async () => {
    const token = mint(sendTo([{ per: 'hour', calls: 3 }]))
    const child = (calls: number): string => attenuate(token, [sendTo([{ per: 'hour', calls }])])
    const [one, two] = [child(2), child(2)]
    expect(await send(one)).toBe('sent')
    expect(await send(one)).toBe('sent')
    expect(await send(one)).toContain('2 of 2')
    expect(await send(two)).toBe('sent')
    expect(await send(two)).toContain('3 of 3')
    expect(await send(child(3))).toContain('3 of 3')
    expect(received()).toBe(3)
  })

  test('but another grant has its own', async () => {
    const entry = sendTo([{ per: 'hour', calls: 1 }])
    expect(await send(mint(entry))).toBe('sent')
    grants++
    expect(await send(mint(entry))).toBe('sent')
  })
})

describe('new recipients per day', () => {
  const person = (number: number): string => `guest${number}@${CAFE}`
  const token = (): string => mint(sendTo([{ per: 'day', new_recipients: 5 }]))

  test('a sixth is refused, whoever was written to before is not new, nor is the account', async () => {
    const bearer = mint(
      sendTo([{ per: 'day', new_recipients: 5 }], {
        recipients: { domains: [CAFE], addresses: [SEED.account] },
      }),
    )
    expect(await send(bearer, { to: [1, 2, 3].map(person) })).toBe('sent')
    expect(await send(bearer, { to: [3, 4, 5, 6].map(person) })).toContain(
      '3 of 5 new recipients today are used, and this takes 3',
    )
    expect(await send(bearer, { to: [...[1, 4, 5].map(person), SEED.account] })).toBe('sent')
    expect(await send(bearer, { to: [person(6)] })).toContain('5 of 5')
    expect(await send(bearer, { to: [1, 2, 3, 4, 5].map(person) })).toBe('sent')
    expect(received()).toBe(3)
    clock += 86_400_000
    expect(await send(bearer, { to: [5, 6, 7, 8, 9, 10].map(person) })).toBe('sent')
  })

  test('many at once are exactly five', async () => {
    const bearer = token()
    const answers = await times(20, async (index) =>
      send(bearer, { to: [person(index % 10)], front: replicas[index % 2 ? 1 : 0] }),
    )
    const reached = new Set(
      replicas.flatMap((one) => one.gmail.sent.flatMap((sent) => sent.recipients)),
    )
    expect(reached.size).toBe(5)
    expect(answers.filter((answer) => answer === 'sent')).toHaveLength(received())
  })

  test('whom Gmail refused for certain is still new', async () => {
    const bearer = token()
    replicas[0].gmail.failNext({ kind: 'status', status: 400 }, { route: 'messages.send' })
    await send(bearer, { to: [1, 2, 3, 4, 5].map(person) })
    expect(received()).toBe(0)
    expect(await send(bearer, { to: [6, 7, 8, 9, 10].map(person) })).toBe('sent')
  })
})

test('different recipients per window count once each', async () => {
  const token = mint(sendTo([{ per: 'hour', recipients: 2 }]))
  const person = (number: number): string => `guest${number}@${CAFE}`
  for (const to of [[1], [1, 2], [2]])
    expect(await send(token, { to: to.map(person) })).toBe('sent')
  expect(await send(token, { to: [person(3)] })).toContain('2 of 2 different recipients this hour')
  clock += 3_600_000
  expect(await send(token, { to: [person(3)] })).toBe('sent')
})

describe('what a call that did not succeed takes', () => {
  const limit = sendTo([{ per: 'hour', calls: 1 }])

  test('is nothing when Gmail refused it for certain', async () => {
    const token = mint(limit)
    replicas[0].gmail.failNext({ kind: 'status', status: 429 }, { route: 'messages.send' })
    expect(await send(token)).toBe('429')
    expect(await send(token)).toBe('sent')
  })

  test('stays taken when nobody knows what became of it', async () => {
    const token = mint(limit)
    replicas[0].gmail.failNext({ kind: 'reset', executes: true }, { route: 'messages.send' })
    expect(await send(token)).toBe('502')
    expect(received()).toBe(1)
    expect(await send(token)).toContain('1 of 1')
    expect(received()).toBe(1)
  })

  test('is nothing when the token refuses it for another reason', async () => {
    const token = mint(limit)
    expect(await send(token, { to: [SEED.evil] })).toContain('recipients')
    expect(await send(token)).toBe('sent')
    expect(received()).toBe(1)
  })

  test('is nothing, and it is refused, when it cannot be counted', async () => {
    const closed = await openTestDatabase()
    await closed.close()
    await using front = await startTestFront({
      ports: () => ({ budgets: createBudgets(closed.db) }),
    })
    expect(await send(front.mint([limit]), { front })).toBe('503')
    expect(front.gmail.sent).toEqual([])
  })
})

describe('several entries for one action', () => {
  test('are tried in their order: the first with room is taken', async () => {
    const token = mint(
      sendTo([{ per: 'hour', calls: 1 }], { recipients: { addresses: [ALICE] } }),
      sendTo([{ per: 'day', calls: 2 }]),
    )
    const answers = []
    for (let tried = 0; tried < 4; tried++) answers.push(await send(token))
    expect(answers.slice(0, 3)).toEqual(['sent', 'sent', 'sent'])
    expect(answers[3]).toContain('1 of 1 new e-mail this hour')
    expect(received()).toBe(3)
  })

  test('that share a count look at it each with its own number', async () => {
    const token = mint(
      sendTo([{ per: 'hour', calls: 1 }], { recipients: { addresses: [ALICE] } }),
      sendTo([{ per: 'hour', calls: 3 }]),
    )
    const answers = []
    for (let tried = 0; tried < 4; tried++) answers.push(await send(token))
    expect(received()).toBe(3)
    expect(answers.slice(0, 3)).toEqual(['sent', 'sent', 'sent'])
    expect(answers[3]).toContain('1 of 1 new e-mail this hour')
  })
})

describe('messages read per hour', () => {
  const readUpTo = (...limits: object[]): string =>
    mint({ type: 'gmail', actions: ['messages.read'], labels: ['Support'], limits })
  const get = async (token: string, id: string): Promise<string> =>
    outcomeOf(mailbox(token).users.messages.get({ userId: 'me', id }, { retry: false }), 'read')
  const getThread = async (token: string, id: string): Promise<string> =>
    outcomeOf(mailbox(token).users.threads.get({ userId: 'me', id }, { retry: false }), 'read')
  const { id, threadId } = SEED.supportThread

  test('count each message that is shown, and rows of lists not', async () => {
    const shown = await mailbox(readUpTo({ per: 'hour', calls: 100 })).users.threads.get({
      userId: 'me',
      id: threadId,
    })
    const length = shown.data.messages?.length ?? 0
    expect(length).toBeGreaterThan(1)
    grants++
    const token = readUpTo({ per: 'hour', calls: length + 1 })
    expect(await get(token, id)).toBe('read')
    expect(await getThread(token, threadId)).toBe('read')
    expect(await get(token, id)).toContain(`${length + 1} of ${length + 1} messages this hour`)
    expect(await getThread(token, threadId)).toContain('limits.calls')
    const { data } = await mailbox(token).users.threads.list({ userId: 'me' })
    expect(data.threads?.length).toBeGreaterThan(0)
    // nothing of a message is in a row
    expect(data.threads?.flatMap(({ snippet }) => snippet ?? [])).toEqual([])
  })

  test('a thread that is more than is left shows nothing and takes nothing', async () => {
    const token = readUpTo({ per: 'hour', calls: 1 })
    expect(await getThread(token, threadId)).toMatch(/0 of 1 message this hour .* this takes/)
    expect(await get(token, id)).toBe('read')
  })

  test('what may not be seen takes nothing', async () => {
    const token = readUpTo({ per: 'hour', calls: 1 })
    expect(await get(token, SEED.hidden.id)).toBe('404')
    expect(await get(token, '18c0000000000000')).toBe('404')
    expect(await get(token, id)).toBe('read')
    // used up or not, it looks the same
    expect(await get(token, SEED.hidden.id)).toBe('404')
  })

  test('20 at once against 5 show exactly 5', async () => {
    const token = readUpTo({ per: 'hour', calls: 5 })
    const answers = await times(20, async () => get(token, id))
    expect(answers.filter((answer) => answer === 'read')).toHaveLength(5)
  })

  test('bytes are those of the answer', async () => {
    const path = `/gmail/v1/users/me/messages/${id}`
    const first = await replicas[0].fetch(path, readUpTo({ per: 'day', bytes: 50_000_000 }))
    const { byteLength } = await first.arrayBuffer()
    grants++
    const token = readUpTo({ per: 'day', bytes: 2 * byteLength })
    expect(await get(token, id)).toBe('read')
    expect(await get(token, id)).toBe('read')
    expect(await get(token, id)).toContain('limits.bytes')
    grants++
    expect(await get(readUpTo({ per: 'day', bytes: byteLength - 1 }), id)).toContain('limits.bytes')
  })
})

test('the record of a refusal says which limit it was', async () => {
  const token = mint(sendTo([{ per: 'hour', calls: 1 }]))
  await send(token)
  await send(token)
  const { entry, outcome } = replicas[0].ports.record.last
  expect(outcome?.outcome).toBe('refused')
  expect(entry).toMatchObject({ decision: 'deny', reason: 'limit' })
  expect(entry.caveat).toContain('budget_ok("gmail.messages.send.calls", "hour", 1)')
  expect(entry.explanation).toContain('1 of 1 new e-mail this hour is used')
})
