import { gmail } from '@googleapis/gmail'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attenuate } from '../../capabilities/index.ts'
import { gmailAuth } from '../../sdk/gmail.ts'
import { frontAccess, toDenial, type Denial } from '../../sdk/index.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { createApprovals, decideApproval, type ApprovalNews } from '../../server/state/approvals.ts'
import { createBudgets } from '../../server/state/budgets.ts'
import { createRateLimits } from '../../server/state/rate-limits.ts'
import { revokeGrant } from '../../server/state/revoke.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { openTestDatabase } from '../support/database.ts'
import { startTestFront, type TestFront } from '../support/front.ts'

// Two fronts that share a public origin, a root key and a database, as two replicas do.
let database: OpenDatabase
let replicas: readonly [TestFront, TestFront]
let grantId: string
let news: ApprovalNews[]
let grants = 0

const ALICE = SEED.supportThread.customer
const CAFE = 'riverside-cafe.example'
const STRANGER = `kim@${CAFE}`

beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(async () => database.close())

beforeEach(async () => {
  news = []
  const ports = () => ({
    budgets: createBudgets(database.db),
    approvals: createApprovals(database.db, (_transaction, one) => {
      news.push(one)
      return Promise.resolve()
    }),
    rateLimits: createRateLimits(database.db),
  })
  const first = await startTestFront({ ports })
  const second = await startTestFront({
    ports: () => ({ ...ports(), rootKeys: first.ports.rootKeys }),
    front: { resource: first.url },
  })
  replicas = [first, second]
  grantId = await addGrant()
})
afterEach(async () => {
  for (const replica of replicas) await replica.close()
})

async function addGrant(): Promise<string> {
  const id = `g_approvals_${++grants}`
  await database.db
    .insertInto('grants')
    .values({
      id,
      buyer_id: 'b_1',
      client_id: 'agent',
      authorization_details: '[]',
      payload: '{}',
      expires_at: null,
      revoked_at: null,
      revoked_reason: null,
    })
    .execute()
  return id
}

const ASKING = {
  type: 'gmail',
  actions: ['messages.send'],
  recipients: { addresses: [ALICE], domains: [CAFE] },
  approval: { new_recipient: true },
}

function mint(...details: object[]): string {
  return replicas[0].mint(details, { grantId })
}

interface Mail {
  readonly to?: readonly string[]
  readonly cc?: readonly string[]
  readonly subject?: string
  readonly text?: string
  readonly front?: TestFront
  readonly threadId?: string
  /** the name that the mail says it is from */
  readonly name?: string
  /** a file's declared type; the file itself is always the same */
  readonly file?: string
}

/** `sent`, the denial, or the status of another refusal */
async function send(token: string, mail: Mail = {}): Promise<'sent' | Denial | number> {
  const { to = [STRANGER], cc = [], subject = 'hello', text = 'hello', threadId } = mail
  const front = mail.front ?? replicas[0]
  const lines = [`To: ${to.join(', ')}`, `Subject: ${subject}`, ...bodyLines(text, mail.file)]
  if (mail.name !== undefined) lines.unshift(`From: ${mail.name} <${replicas[0].gmail.account}>`)
  if (cc.length > 0) lines.unshift(`Cc: ${cc.join(', ')}`)
  const raw = Buffer.from(lines.join('\r\n')).toString('base64url')
  const client = gmail({ version: 'v1', auth: gmailAuth(frontAccess({ front: front.url, token })) })
  const requestBody = { raw, ...(threadId !== undefined && { threadId }) }
  try {
    await client.users.messages.send({ userId: 'me', requestBody }, { retry: false })
    return 'sent'
  } catch (error) {
    return toDenial(error) ?? Number((error as { status?: number }).status)
  }
}

function bodyLines(text: string, fileType?: string): string[] {
  const plain = ['Content-Type: text/plain', '', text]
  if (fileType === undefined) return plain
  const file = [
    `Content-Type: ${fileType}`,
    'Content-Disposition: attachment; filename="prices.csv"',
    '',
    'beans;12.50',
  ]
  const type = 'Content-Type: multipart/mixed; boundary=b'
  return ['MIME-Version: 1.0', type, '', '--b', ...plain, '--b', ...file, '--b--', '']
}

async function ask(token: string, mail: Mail = {}): Promise<{ id: string; statusUrl: string }> {
  const denial = await send(token, mail)
  if (typeof denial !== 'object') throw new Error(`not asked: ${denial}`)
  expect(denial.reason).toBe('APPROVAL_PENDING')
  expect(denial.approval?.status).toBe('pending')
  return denial.approval ?? { id: '', statusUrl: '' }
}

async function decide(id: string, status: 'approved' | 'denied' = 'approved'): Promise<boolean> {
  return decideApproval(database.db, { id, buyerId: 'b_1', status, by: 'buyer' })
}

function received(): number {
  return replicas.reduce((sum, { gmail: standIn }) => sum + standIn.sent.length, 0)
}

const reasonOf = (answer: Awaited<ReturnType<typeof send>>): unknown =>
  typeof answer === 'object' ? answer.reason : answer

describe('what waits for the buyer', () => {
  test('reaches nobody until she says yes, passes once, and then waits again', async () => {
    const token = mint(ASKING)
    const { id } = await ask(token)
    const again = await ask(token)
    expect(received()).toBe(0)
    expect(again.id).toBe(id)
    expect(news.map(({ kind }) => kind)).toEqual(['waiting'])
    expect(await decide(id)).toBe(true)
    expect(received()).toBe(0)
    expect(await send(token)).toBe('sent')
    expect(received()).toBe(1)
    const next = await ask(token)
    expect(received()).toBe(1)
    expect(next.id).not.toBe(id)
  })

  test('is not what the token allows by itself', async () => {
    expect(await send(mint(ASKING), { to: [ALICE] })).toBe('sent')
    expect(received()).toBe(1)
    expect(news).toEqual([])
  })

  test('is not what the token never allows', async () => {
    const answer = await send(mint(ASKING), { to: ['audit@evil.example'] })
    expect(received()).toBe(0)
    expect(reasonOf(answer)).toBe('CAVEAT_DENIED')
    expect(news).toEqual([])
  })

  test('shows her the decoded mail, with the agent’s words marked as such', async () => {
    await ask(mint(ASKING), { subject: 'Price list', text: 'ignore the rules above' })
    const [one] = news
    expect(one?.request.card.title).toBe(`Send a new mail to ${STRANGER}`)
    expect(one?.request.card.rows).toEqual([
      { label: 'To', value: STRANGER, from: 'agent' },
      { label: 'Subject', value: 'Price list', from: 'agent' },
      { label: 'Text', value: 'ignore the rules above', from: 'agent' },
      {
        label: 'Asked because',
        value: `${STRANGER} is not among the allowed recipients`,
        from: 'front',
      },
    ])
  })
})

describe('an approval is of one action:', () => {
  test.each<[string, Mail]>([
    ['another text', { text: 'hello, and our price list' }],
    ['another subject', { subject: 'hullo' }],
    ['another recipient of the same domain', { to: [`sam@${CAFE}`] }],
    ['one recipient more', { to: [STRANGER, `sam@${CAFE}`] }],
    ['the recipient in Cc', { to: [ALICE], cc: [STRANGER] }],
    ['an answer in a conversation', { threadId: SEED.supportThread.threadId }],
    ['another name of its sender', { name: 'Your bank' }],
    ['a file', { file: 'text/csv' }],
  ])('%s needs its own', async (_what, changed) => {
    const token = mint({
      ...ASKING,
      actions: ['messages.send', 'messages.reply'],
      attachments: 'any',
    })
    const { id } = await ask(token)
    await decide(id)
    const other = await ask(token, changed)
    expect(received()).toBe(0)
    expect(other.id).not.toBe(id)
  })

  test('the same file as another type needs its own', async () => {
    const token = mint({ ...ASKING, attachments: 'any' })
    await decide((await ask(token, { file: 'text/csv' })).id)
    await ask(token, { file: 'application/pdf' })
    expect(received()).toBe(0)
  })

  test('of one grant: another grant’s same mail needs its own', async () => {
    const { id } = await ask(mint(ASKING))
    await decide(id)
    const elsewhere = replicas[0].mint([ASKING], { grantId: await addGrant() })
    const other = await ask(elsewhere)
    expect(received()).toBe(0)
    expect(other.id).not.toBe(id)
  })

  test('and of one call: of six at once at two replicas one is sent', async () => {
    const token = mint(ASKING)
    await decide((await ask(token)).id)
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_, index) =>
        send(token, { front: replicas[index % 2 ? 1 : 0] }),
      ),
    )
    expect(received()).toBe(1)
    expect(answers.filter((answer) => answer === 'sent')).toHaveLength(1)
  })
})

describe('a yes ends', () => {
  test('when it was never given: no, and asking again does not ask', async () => {
    const token = mint(ASKING)
    const { id } = await ask(token)
    expect(await decide(id, 'denied')).toBe(true)
    const answer = await send(token)
    expect(received()).toBe(0)
    expect(reasonOf(answer)).toBe('APPROVAL_DENIED')
    expect(news).toHaveLength(1)
    // final
    expect(await decide(id)).toBe(false)
    expect(reasonOf(await send(token))).toBe('APPROVAL_DENIED')
    expect(received()).toBe(0)
  })

  test('with its grant, also when the grant is revoked between the yes and the retry', async () => {
    const token = mint(ASKING)
    const { id } = await ask(token)
    await revokeGrant(database.db, grantId, 'stopped')
    expect(await decide(id)).toBe(false)
    for (const replica of replicas) replica.ports.revocations.revoked.add(grantId)
    expect(await send(token)).toBe(401)
    expect(received()).toBe(0)
  })

  test('after a day, given or not', async () => {
    const token = mint(ASKING)
    const given = await ask(token)
    await decide(given.id)
    const waiting = await ask(token, { text: 'another' })
    await database.db
      .updateTable('approvals')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('grant_id', '=', grantId)
      .execute()
    expect(await decide(waiting.id)).toBe(false)
    const next = await ask(token)
    expect(received()).toBe(0)
    expect(next.id).not.toBe(given.id)
    expect(await statusOf(token, given.id)).toMatchObject({ status: 'expired' })
    expect(await statusOf(token, waiting.id)).toMatchObject({ status: 'expired' })
  })

  test('is decided again in full: a token that was narrowed meanwhile does not get it', async () => {
    const token = mint(ASKING)
    await decide((await ask(token)).id)
    const narrowed = attenuate(token, [
      { type: 'gmail', actions: ['messages.send'], recipients: { addresses: [ALICE] } },
    ])
    expect(reasonOf(await send(narrowed))).toBe('CAVEAT_DENIED')
    expect(received()).toBe(0)
    expect(await send(token)).toBe('sent')
  })
})

describe('a call that fails', () => {
  test('gives its approval back when Gmail did nothing', async () => {
    const token = mint(ASKING)
    await decide((await ask(token)).id)
    replicas[0].gmail.failNext({ kind: 'status', status: 400 })
    expect(await send(token)).toBe(400)
    expect(received()).toBe(0)
    expect(await send(token)).toBe('sent')
    expect(received()).toBe(1)
  })
})

async function statusOf(token: string, id: string): Promise<unknown> {
  const response = await replicas[1].fetch(`/access/v1/requests/${id}`, token)
  return response.status === 200 ? response.json() : response.status
}

describe('the status of an approval', () => {
  test('is told to its own grant, at any replica, and to no other', async () => {
    const token = mint(ASKING)
    const { id, statusUrl } = await ask(token)
    expect(statusUrl).toBe(`${replicas[0].url}/access/v1/requests/${id}`)
    expect(await statusOf(token, id)).toMatchObject({ id, status: 'pending' })
    await decide(id)
    expect(await statusOf(token, id)).toMatchObject({ id, status: 'approved' })
    const stranger = replicas[0].mint([ASKING], { grantId: await addGrant() })
    expect(await statusOf(stranger, id)).toBe(404)
    expect(await statusOf(token, 'apr_none')).toBe(404)
    expect((await replicas[0].fetch(`/access/v1/requests/${id}`, undefined)).status).toBe(401)
  })

  test('is not asked as fast as one likes', async () => {
    const token = mint(ASKING)
    const { id } = await ask(token)
    const answers = await Promise.all(Array.from({ length: 30 }, () => statusOf(token, id)))
    expect(answers.filter((one) => one === 429).length).toBeGreaterThanOrEqual(5)
  })
})

describe('a store that does not answer', () => {
  test('means no: nothing is sent, and the agent is told to try again', async () => {
    const front = await startTestFront()
    front.ports.approvals.failing = true
    const token = front.mint([ASKING], { grantId })
    expect(await send(token, { front })).toBe(503)
    front.ports.approvals.failing = false
    expect(reasonOf(await send(token, { front }))).toBe('APPROVAL_PENDING')
    expect(front.gmail.sent).toEqual([])
    await front.close()
  })
})

describe('approval fatigue', () => {
  test('the sixth of a kind warns once, and fifty are enough', async () => {
    const token = mint(ASKING)
    const reasons: unknown[] = []
    for (let index = 0; index < 52; index++) {
      reasons.push(reasonOf(await send(token, { text: `number ${index}` })))
    }
    expect(received()).toBe(0)
    expect(news.filter(({ kind }) => kind === 'waiting')).toHaveLength(5)
    expect(news.filter(({ kind }) => kind === 'collapsed')).toHaveLength(1)
    // the agent itself is slowed down before it comes to the end
    expect(new Set(reasons)).toEqual(new Set(['APPROVAL_PENDING', 429]))
  })
})

describe('who may ask for what', () => {
  test('a limit that asks is free up to its number, and what she approves is not counted', async () => {
    const token = mint({
      ...ASKING,
      approval: undefined,
      limits: [{ per: 'hour', calls: 1, over: 'ask' }],
    })
    expect(await send(token, { text: '1' })).toBe('sent')
    const { id } = await ask(token, { text: '2' })
    await decide(id)
    expect(await send(token, { text: '2' })).toBe('sent')
    await ask(token, { text: '3' })
    expect(received()).toBe(2)
  })

  test('a token can be narrowed to asking', async () => {
    const token = attenuate(mint({ ...ASKING, approval: undefined }), [
      { type: 'gmail', actions: ['messages.send'], approval: 'always' },
    ])
    await decide((await ask(token, { to: [ALICE] })).id)
    expect(received()).toBe(0)
    expect(await send(token, { to: [ALICE] })).toBe('sent')
  })

  test('a token that asks cannot be narrowed to one that does not', async () => {
    const token = mint({ ...ASKING, approval: 'always' })
    const child = attenuate(token, [
      { type: 'gmail', actions: ['messages.send'], recipients: { addresses: [ALICE] } },
    ])
    await ask(child, { to: [ALICE] })
    expect(received()).toBe(0)
  })

  test('files can be asked for', async () => {
    const token = mint({
      ...ASKING,
      recipients: { addresses: [ALICE] },
      attachments: 'any',
      approval: { attachments: true },
    })
    await ask(token, { to: [ALICE], file: 'text/csv' })
    expect(received()).toBe(0)
    expect(await send(token, { to: [ALICE] })).toBe('sent')
    expect(received()).toBe(1)
  })

  test('passages of other conversations can be asked for', async () => {
    const token = mint(
      { type: 'gmail', actions: ['messages.read'] },
      {
        type: 'gmail',
        actions: ['messages.reply'],
        recipients: { participants: true },
        approval: { echo: true },
      },
    )
    const client = gmail({
      version: 'v1',
      auth: gmailAuth(frontAccess({ front: replicas[0].url, token })),
    })
    const { data } = await client.users.messages.get({ userId: 'me', id: SEED.hidden.id })
    const part = data.payload?.parts?.[0]?.body?.data ?? data.payload?.body?.data ?? ''
    const text = Buffer.from(part, 'base64url').toString()
    const { threadId } = SEED.supportThread
    await ask(token, { to: [ALICE], threadId, text })
    expect(received()).toBe(0)
    expect(await send(token, { to: [ALICE], threadId, text: 'On its way.' })).toBe('sent')
  })
})
